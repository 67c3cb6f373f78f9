package intents

import (
	"crypto/sha256"
	_ "embed"
	"encoding/gob"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sort"
	"strings"
	"sync"

	"github.com/klauspost/compress/zstd"

	"recado/agent/language"
	"recado/agent/lexicon"
	"recado/agent/reading"
)

//go:generate go run recado/intents/train

// A string, so that it lies with what the system knows to be unchanging.
//
//go:embed model.bin
var shippedModel string

// Model is what training produced.
type Model struct {
	// Source is the hash of the examples, lexicon and rules that it was
	// trained from; see Hash.
	Source     string
	Intents    []Intent
	Language   language.Model
	Vocabulary map[string]float32 // words that misspellings are repaired to
	Pairs      language.Pairs     // which of them stand side by side
	Weights    []int8
	Scale      []float32
	Bias       []float32
}

// ErrStale means that the stored model was trained from other examples.
var ErrStale = errors.New("the stored model does not fit the examples: run `go generate ./intents`")

// Hash names the contents of folders, so that a model can tell whether it was
// trained from them.
func Hash(dirs ...fs.FS) (string, error) {
	h := sha256.New()
	for _, dir := range dirs {
		paths, err := fs.Glob(dir, "*.yaml")
		if err != nil {
			return "", fmt.Errorf("list files to hash: %w", err)
		}
		sort.Strings(paths)
		for _, p := range paths {
			raw, err := fs.ReadFile(dir, p)
			if err != nil {
				return "", fmt.Errorf("hash %s: %w", p, err)
			}
			fmt.Fprintf(h, "%s %d\n", p, len(raw))
			h.Write(raw)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// stored is the form of model.bin: a Model with its maps as sorted lists, so
// that the same training gives the same file.
type stored struct {
	Source     string
	Intents    []Intent
	Words      []wordValue // language.Model.Words
	Grams      []float32
	Vocabulary []wordValue
	Pairs      language.Pairs
	Weights    []byte // as int8; bytes are read at once and not one by one
	Scale      []float32
	Bias       []float32
}

type wordValue struct {
	Word  string
	Value float32
}

func sorted(m map[string]float32) []wordValue {
	out := make([]wordValue, 0, len(m))
	for w, v := range m {
		out = append(out, wordValue{w, v})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Word < out[j].Word })
	return out
}

func toMap(words []wordValue) map[string]float32 {
	m := make(map[string]float32, len(words))
	for _, w := range words {
		m[w.Word] = w.Value
	}
	return m
}

// ShippedModel returns the model that ships with Recado.
func ShippedModel() (*Model, error) { return ReadModel(strings.NewReader(shippedModel)) }

// ShippedIntents lists the intents of ShippedModel, read once and without the
// rest of it. Callers do not change them.
var ShippedIntents = sync.OnceValues(func() ([]Intent, error) {
	var s struct{ Intents []Intent }
	if err := decode(strings.NewReader(shippedModel), &s); err != nil {
		return nil, err
	}
	return s.Intents, nil
})

// ReadModel reads a stored model.
func ReadModel(r io.Reader) (*Model, error) {
	var s stored
	if err := decode(r, &s); err != nil {
		return nil, err
	}
	m := Model{
		Source: s.Source, Intents: s.Intents, Vocabulary: toMap(s.Vocabulary), Pairs: s.Pairs,
		Language: language.Model{Words: toMap(s.Words), Grams: s.Grams},
		Weights:  make([]int8, len(s.Weights)), Scale: s.Scale, Bias: s.Bias,
	}
	for i, w := range s.Weights {
		m.Weights[i] = int8(w)
	}
	if len(m.Weights) != Buckets*len(m.Intents) || len(m.Scale) != len(m.Intents) || len(m.Bias) != len(m.Intents) {
		return nil, errors.New("intent model has weights of another size: run `go generate ./intents`")
	}
	return &m, nil
}

// decode reads what s has fields for of a stored model.
func decode(r io.Reader, s any) error {
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return fmt.Errorf("read intent model: %w", err)
	}
	defer z.Close()
	if err := gob.NewDecoder(z).Decode(s); err != nil {
		return fmt.Errorf("read intent model: %w: run `go generate ./intents`", err)
	}
	return nil
}

// Write stores m.
func (m *Model) Write(w io.Writer) error {
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return fmt.Errorf("write intent model: %w", err)
	}
	s := stored{
		Source: m.Source, Intents: m.Intents, Words: sorted(m.Language.Words), Grams: m.Language.Grams,
		Vocabulary: sorted(m.Vocabulary), Pairs: m.Pairs, Weights: make([]byte, len(m.Weights)), Scale: m.Scale, Bias: m.Bias,
	}
	for i, w := range m.Weights {
		s.Weights[i] = byte(w)
	}
	if err := gob.NewEncoder(z).Encode(s); err != nil {
		return fmt.Errorf("write intent model: %w", err)
	}
	return z.Close()
}

// Open makes the reader and the classifier of m. guardWords are as in Train.
func (m *Model) Open(lex *lexicon.Lexicon, guardWords map[string]float32) (*reading.Reader, *Classifier, error) {
	classifier := make(chan *Classifier, 1)
	go func() { classifier <- newClassifier(m, lex) }()
	reader, err := m.reader(lex, guardWords)
	if err != nil {
		return nil, nil, err
	}
	return reader, <-classifier, nil
}

func (m *Model) reader(lex *lexicon.Lexicon, guardWords map[string]float32) (*reading.Reader, error) {
	d, err := language.NewDetector(m.Language, lex.Dictionary())
	if err != nil {
		return nil, err
	}
	v := language.NewSpeller(lex.Dictionary(), m.Language, m.Pairs, m.Vocabulary, lex.Words(), guardWords)
	return reading.New(d, v, lex), nil
}
