package locales

import (
	"maps"
	"slices"
	"text/template"
	"text/template/parse"

	"recado/agent/language"
)

// Placeholders are the arguments that a key's text uses in a language, of all
// its plural forms and with the parts that it includes, sorted. Arguments of
// the items of a list are named after it: "places.name".
func (c *Catalogue) Placeholders(lang language.Language, key string) []string {
	t := c.texts[lang]
	names := []string{key}
	if t.plural[key] {
		names = []string{key + ".one", key + ".other"}
	}
	all := map[string]bool{}
	for _, name := range names {
		if tmpl := t.root.Lookup(name); tmpl != nil {
			maps.Copy(all, placeholders(tmpl, tmpl.Tree))
		}
	}
	return sorted(all)
}

func sorted(m map[string]bool) []string { return slices.Sorted(maps.Keys(m)) }

// placeholders walks a template and the templates that it includes.
func placeholders(set *template.Template, tree *parse.Tree) map[string]bool {
	w := walker{set: set, found: map[string]bool{}}
	if tree != nil && tree.Root != nil {
		w.list(tree.Root, "")
	}
	return w.found
}

// walker keeps what the dot stands for: "" for the arguments, "list." inside
// a range or with over .list.
type walker struct {
	set   *template.Template
	found map[string]bool
	depth int
}

func (w *walker) list(l *parse.ListNode, dot string) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		w.node(n, dot)
	}
}

func (w *walker) node(n parse.Node, dot string) {
	switch n := n.(type) {
	case *parse.ActionNode:
		w.pipe(n.Pipe, dot)
	case *parse.IfNode:
		w.pipe(n.Pipe, dot)
		w.list(n.List, dot)
		w.list(n.ElseList, dot)
	case *parse.RangeNode:
		w.pipe(n.Pipe, dot)
		w.list(n.List, w.inside(n.Pipe, dot))
		w.list(n.ElseList, dot)
	case *parse.WithNode:
		w.pipe(n.Pipe, dot)
		w.list(n.List, w.inside(n.Pipe, dot))
		w.list(n.ElseList, dot)
	case *parse.TemplateNode:
		w.pipe(n.Pipe, dot)
		if included := w.set.Lookup(n.Name); included != nil && included.Tree != nil && w.depth < 4 {
			w.depth++
			w.list(included.Tree.Root, dot)
			w.depth--
		}
	}
}

// inside is what the dot stands for in a block over a pipeline.
func (w *walker) inside(p *parse.PipeNode, dot string) string {
	if p != nil && len(p.Cmds) == 1 && len(p.Cmds[0].Args) == 1 {
		switch a := p.Cmds[0].Args[0].(type) {
		case *parse.FieldNode:
			return dot + a.Ident[0] + "."
		case *parse.VariableNode:
			if a.Ident[0] == "$" && len(a.Ident) > 1 {
				return a.Ident[1] + "."
			}
		}
	}
	return dot + "?."
}

func (w *walker) pipe(p *parse.PipeNode, dot string) {
	if p == nil {
		return
	}
	for _, cmd := range p.Cmds {
		for _, arg := range cmd.Args {
			switch a := arg.(type) {
			case *parse.FieldNode:
				w.found[dot+a.Ident[0]] = true
			case *parse.VariableNode:
				if a.Ident[0] == "$" && len(a.Ident) > 1 {
					w.found[a.Ident[1]] = true
				}
			case *parse.PipeNode:
				w.pipe(a, dot)
			}
		}
	}
}
