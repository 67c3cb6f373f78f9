package lexicon

import (
	"slices"
	"strings"

	"recado/agent/language"
)

// trie holds the terms, one edge a word.
type trie struct {
	dictionary *language.Dictionary
	root       []*node                  // by the word of the edge; later words have none
	prefixes   [prefixKeys][]prefixEdge // of the root
}

// node is a place behind the first word of a term.
type node struct {
	next     []edge
	prefixes []prefixEdge
	ends     []Class
}

type edge struct {
	word language.WordID
	to   *node
}

type prefixEdge struct {
	prefix string
	to     *node
}

// minPrefix is the least number of letters before a trailing *.
const minPrefix = 4

// prefixKeys is how many lists the root's prefixes are in, by their first
// letters.
const prefixKeys = 1 << 10

func prefixKey(w string) int {
	return (int(w[0])*29791 + int(w[1])*961 + int(w[2])*31 + int(w[3])) % prefixKeys
}

func newTrie() trie { return trie{dictionary: language.NewDictionary()} }

// word returns the node behind a word, which is new if need be; at is nil for
// the root.
func (t *trie) word(at *node, w string) *node {
	id := t.dictionary.Add(w)
	if at == nil {
		if more := t.dictionary.Len() - len(t.root); more > 0 {
			t.root = append(t.root, make([]*node, more)...)
		}
		if t.root[id] == nil {
			t.root[id] = &node{}
		}
		return t.root[id]
	}
	for _, e := range at.next {
		if e.word == id {
			return e.to
		}
	}
	to := &node{}
	at.next = append(at.next, edge{id, to})
	return to
}

// prefix is word for the words that begin with p.
func (t *trie) prefix(at *node, p string) *node {
	edges := &t.prefixes[prefixKey(p)]
	if at != nil {
		edges = &at.prefixes
	}
	for _, e := range *edges {
		if e.prefix == p {
			return e.to
		}
	}
	to := &node{}
	*edges = append(*edges, prefixEdge{p, to})
	return to
}

// walker finds the terms of one text.
type walker struct {
	*trie
	tokens []language.Token
	hits   []Hit
	start  int // the token at which terms are looked for
	known  int // the hits before those that start there
}

// from finds the terms that start at a token.
func (w *walker) from(start int) {
	w.start, w.known = start, len(w.hits)
	t := &w.tokens[start]
	w.enter(t.ID)
	if t.SurfaceID != t.ID {
		w.enter(t.SurfaceID)
	}
	if len(t.Word) >= minPrefix {
		w.follow(w.prefixes[prefixKey(t.Word)], t.Word, start+1)
	}
	if t.Surface != t.Word && len(t.Surface) >= minPrefix {
		w.follow(w.prefixes[prefixKey(t.Surface)], t.Surface, start+1)
	}
}

func (w *walker) enter(word language.WordID) {
	if int(word) < len(w.root) && w.root[word] != nil {
		w.walk(w.root[word], w.start+1)
	}
}

// walk goes on from a node at a token.
func (w *walker) walk(n *node, at int) {
	for _, class := range n.ends {
		w.found(class, at)
	}
	if at == len(w.tokens) || w.tokens[at].Break {
		return
	}
	t := &w.tokens[at]
	w.step(n, t.ID, at)
	if t.SurfaceID != t.ID {
		w.step(n, t.SurfaceID, at)
	}
	if len(t.Word) >= minPrefix {
		w.follow(n.prefixes, t.Word, at+1)
	}
	if t.Surface != t.Word && len(t.Surface) >= minPrefix {
		w.follow(n.prefixes, t.Surface, at+1)
	}
}

func (w *walker) step(n *node, word language.WordID, at int) {
	for i := range n.next {
		if n.next[i].word == word {
			w.walk(n.next[i].to, at+1)
		}
	}
}

func (w *walker) follow(edges []prefixEdge, word string, at int) {
	for i := range edges {
		if strings.HasPrefix(word, edges[i].prefix) {
			w.walk(edges[i].to, at)
		}
	}
}

// found keeps the longest term of each class at each place.
func (w *walker) found(class Class, end int) {
	same := func(h Hit) bool { return h.Class == class }
	if i := slices.IndexFunc(w.hits[w.known:], same); i >= 0 {
		h := &w.hits[w.known+i]
		h.End = max(h.End, end)
		return
	}
	if w.hits == nil {
		w.hits = make([]Hit, 0, len(w.tokens))
	}
	w.hits = append(w.hits, Hit{class, w.start, end})
}
