package intents

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	_ "embed"
	"encoding/gob"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sort"

	"recado/agent/language"
	"recado/agent/lexicon"
	"recado/agent/reading"
)

//go:generate go run recado/intents/train

//go:embed model.bin
var shippedModel []byte

// Model is what training produced, as it is stored in model.bin.
type Model struct {
	// Source is the hash of the examples, lexicon and rules that it was
	// trained from; see Hash.
	Source     string
	Intents    []Intent
	Language   language.Model
	Vocabulary map[string]float32 // words that misspellings are repaired to
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

// Shipped returns the model that ships with Recado.
func ShippedModel() (*Model, error) { return ReadModel(bytes.NewReader(shippedModel)) }

// ReadModel reads a stored model.
func ReadModel(r io.Reader) (*Model, error) {
	var m Model
	z := flate.NewReader(r)
	if err := gob.NewDecoder(z).Decode(&m); err != nil {
		return nil, fmt.Errorf("read intent model: %w: run `go generate ./intents`", err)
	}
	if len(m.Weights) != Buckets*len(m.Intents) || len(m.Scale) != len(m.Intents) || len(m.Bias) != len(m.Intents) {
		return nil, errors.New("intent model has weights of another size: run `go generate ./intents`")
	}
	return &m, nil
}

// Write stores m.
func (m *Model) Write(w io.Writer) error {
	z, err := flate.NewWriter(w, flate.BestCompression)
	if err != nil {
		return fmt.Errorf("write intent model: %w", err)
	}
	if err := gob.NewEncoder(z).Encode(m); err != nil {
		return fmt.Errorf("write intent model: %w", err)
	}
	return z.Close()
}

// Open makes the reader and the classifier of m. guardWords are as in Train.
func (m *Model) Open(lex *lexicon.Lexicon, guardWords map[string]float32) (*reading.Reader, *Classifier, error) {
	reader, err := m.reader(lex, guardWords)
	if err != nil {
		return nil, nil, err
	}
	return reader, newClassifier(m, lex), nil
}

func (m *Model) reader(lex *lexicon.Lexicon, guardWords map[string]float32) (*reading.Reader, error) {
	d, err := language.NewDetector(m.Language)
	if err != nil {
		return nil, err
	}
	weights := make(map[string]float32, len(m.Vocabulary)+len(guardWords)+4096)
	for _, words := range []map[string]float32{m.Vocabulary, lex.Words(), guardWords} {
		for w, n := range words {
			if w[0] > '9' {
				weights[w] += n
			}
		}
	}
	return reading.New(d, language.NewVocabulary(weights), lex), nil
}
