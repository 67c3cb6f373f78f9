package locales

import (
	"sync"
	"sync/atomic"
	"text/template"
	"text/template/parse"

	"recado/agent/language"
)

// ownText is the clinic's wording for a message, the one for its closed hours
// where it is closed.
func ownText(own Own, lang language.Language, m Message) (string, bool) {
	if quiet, ok := own.(Quiet); ok && m.Args["open"] == false {
		return quiet.OwnQuiet(m.Key, lang)
	}
	return own.Own(m.Key, lang)
}

// mostOwn is how many texts of clinics a generation of templates holds.
const mostOwn = 4096

// ownTemplates are the templates of clinics' own texts, parsed once. Clinics
// change their texts for as long as a process runs, so what was not used for a
// generation is forgotten.
type ownTemplates struct {
	young, old atomic.Pointer[generation]
}

type generation struct {
	all  sync.Map // ownKey -> *template.Template, or nil where it is no template
	size atomic.Int64
}

type ownKey struct {
	lang language.Language
	text string
}

// get is the template of a text, made by parse at the first time.
func (o *ownTemplates) get(key ownKey, parse func() *template.Template) *template.Template {
	young := o.young.Load()
	if young == nil {
		o.young.CompareAndSwap(nil, &generation{})
		young = o.young.Load()
	}
	if t, ok := young.all.Load(key); ok {
		return t.(*template.Template)
	}
	var t any
	known := false
	if old := o.old.Load(); old != nil {
		t, known = old.all.Load(key)
	}
	if !known {
		t = parse()
	}
	if _, loaded := young.all.LoadOrStore(key, t); !loaded && young.size.Add(1) == mostOwn {
		o.old.Store(young)
		o.young.Store(&generation{})
	}
	return t.(*template.Template)
}

// ownTemplate is the template of a clinic's own text; nil for a text that is
// none.
func (c *Catalogue) ownTemplate(lang language.Language, text string) *template.Template {
	return c.own.get(ownKey{lang, text}, func() *template.Template {
		t, err := c.parseOwn(lang, text)
		if err != nil {
			return nil
		}
		return t
	})
}

// parseOwn parses a clinic's own text. It gets only those texts of the
// catalogue that it includes: a copy of all takes a hundred times as much
// memory.
func (c *Catalogue) parseOwn(lang language.Language, text string) (*template.Template, error) {
	t, err := template.New("own").Funcs(functions(lang)).Option("missingkey=error").Parse(text)
	if err != nil {
		return nil, err
	}
	return t, c.include(lang, t, t.Tree)
}

// include adds to t the texts that a tree includes, and theirs.
func (c *Catalogue) include(lang language.Language, t *template.Template, tree *parse.Tree) error {
	if tree == nil || tree.Root == nil {
		return nil // an empty text
	}
	for _, name := range included(tree.Root) {
		shipped := c.texts[lang].root.Lookup(name)
		if t.Lookup(name) != nil || shipped == nil || shipped.Tree == nil {
			continue
		}
		if _, err := t.AddParseTree(name, shipped.Tree); err != nil {
			return err
		}
		if err := c.include(lang, t, shipped.Tree); err != nil {
			return err
		}
	}
	return nil
}

// included are the names of the templates that stand in a list of nodes.
func included(l *parse.ListNode) []string {
	if l == nil {
		return nil
	}
	var names []string
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.TemplateNode:
			names = append(names, n.Name)
		case *parse.IfNode:
			names = append(append(names, included(n.List)...), included(n.ElseList)...)
		case *parse.RangeNode:
			names = append(append(names, included(n.List)...), included(n.ElseList)...)
		case *parse.WithNode:
			names = append(append(names, included(n.List)...), included(n.ElseList)...)
		}
	}
	return names
}
