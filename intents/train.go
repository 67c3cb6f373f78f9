package intents

import (
	"math"
	"math/rand/v2"
	"runtime"

	"golang.org/x/sync/errgroup"

	"recado/agent/language"
	"recado/agent/lexicon"
	"recado/agent/reading"
)

// Training settings. They were chosen on the development set; a run with the
// same examples gives the same model, bit by bit.
const (
	epochs       = 10
	learningRate = 0.35
	decay        = 2e-6 // L2, per step and weight touched
	typoShare    = 0.6  // share of examples that are also seen with typing slips
	seed         = 20261122
	// runs are trained side by side, each with its own order and its own
	// typing slips, and averaged: a linear model's average is one model, with
	// less of the chance in it.
	runs = 4
)

// sample is a read example.
type sample struct {
	reading reading.Reading
	intent  int
	weight  float32
}

// Train learns a model from the examples of set. guardWords are words that
// misspellings may be repaired to, besides those of examples and lexicon.
func Train(set *Set, lex *lexicon.Lexicon, guardWords map[string]float32) (*Model, error) {
	m := &Model{Intents: set.Intents, Language: language.Train(languageSamples(set))}
	m.Vocabulary, m.Pairs = vocabulary(set), language.CountPairs(texts(set))
	reader, err := m.reader(lex, guardWords)
	if err != nil {
		return nil, err
	}
	fits := make([]weights, runs)
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range fits {
		group.Go(func() error {
			fits[i] = fit(len(m.Intents), readExamples(set, reader, uint64(i)), lex, uint64(i))
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	mean := fits[0]
	for _, f := range fits[1:] {
		for i, w := range f.of {
			mean.of[i] += w
		}
		for i, b := range f.bias {
			mean.bias[i] += b
		}
	}
	for i := range mean.of {
		mean.of[i] /= runs
	}
	for i := range mean.bias {
		mean.bias[i] /= runs
	}
	m.Bias = mean.bias
	m.Weights, m.Scale = quantise(mean.of, len(m.Intents))
	return m, nil
}

// weights are what one run learned: Buckets rows of one column an intent.
type weights struct{ of, bias []float32 }

func languageSamples(set *Set) []language.Sample {
	var out []language.Sample
	for _, e := range set.Examples {
		if e.Language == "en" || e.Language == "es" {
			out = append(out, language.Sample{Text: e.Text, Language: language.Language(e.Language)})
		}
	}
	return out
}

func texts(set *Set) []string {
	out := make([]string, len(set.Examples))
	for i, e := range set.Examples {
		out[i] = e.Text
	}
	return out
}

// vocabulary counts the words of the examples.
func vocabulary(set *Set) map[string]float32 {
	counts := map[string]float32{}
	for _, e := range set.Examples {
		for _, t := range language.Scan(e.Text).Tokens {
			if t.Word[0] > '9' {
				counts[t.Word]++
			}
		}
	}
	return counts
}

func readExamples(set *Set, reader *reading.Reader, run uint64) []sample {
	rng := rand.New(rand.NewPCG(seed, 100+run))
	perIntent := map[int]int{}
	for _, e := range set.Examples {
		perIntent[set.Index(e.Intent)]++
	}
	var samples []sample
	for _, e := range set.Examples {
		k := set.Index(e.Intent)
		// rare intents count more, by the square root of their rarity
		weight := float32(math.Sqrt(400 / float64(max(perIntent[k], 40))))
		samples = append(samples, sample{reader.Read(e.Text), k, weight})
		if rng.Float64() < typoShare {
			samples = append(samples, sample{reader.Read(noisy(e.Text, rng)), k, weight * 0.5})
		}
	}
	return samples
}

// feature is a feature with its value.
type feature struct {
	bucket
	value float32
}

func valued(fs *features) []feature {
	var out []feature
	for group, buckets := range fs {
		for _, b := range buckets {
			out = append(out, feature{b, fs.value(group)})
		}
	}
	return out
}

// fit runs softmax regression with AdaGrad over the samples; k is the number
// of intents.
func fit(k int, samples []sample, lex *lexicon.Lexicon, run uint64) weights {
	of := make([]float32, Buckets*k)
	squares := make([]float32, Buckets*k)
	bias := make([]float32, k)
	biasSquares := make([]float32, k)
	x := newExtractor(lex)
	all := make([][]feature, len(samples))
	for i := range samples {
		x.read(&samples[i].reading)
		all[i] = valued(x.extract(0, len(samples[i].reading.Text.Tokens)))
	}
	rng := rand.New(rand.NewPCG(seed, 200+run))
	order := rng.Perm(len(samples))
	p := make([]float64, k)
	for range epochs {
		rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			s := &samples[i]
			for c := range p {
				p[c] = float64(bias[c])
			}
			for _, f := range all[i] {
				row := of[int(f.bucket)*k : int(f.bucket)*k+k]
				for c, w := range row {
					p[c] += float64(f.value * w)
				}
			}
			softmax(p)
			p[s.intent]--
			for c := range p {
				g := float32(p[c]) * s.weight
				biasSquares[c] += g * g
				bias[c] -= 0.1 * g / float32(math.Sqrt(float64(biasSquares[c])+1e-6))
			}
			for _, f := range all[i] {
				at := int(f.bucket) * k
				for c := range p {
					g := float32(p[c])*s.weight*f.value + decay*of[at+c]
					if g < 1e-7 && g > -1e-7 {
						continue
					}
					squares[at+c] += g * g
					of[at+c] -= learningRate * g / float32(math.Sqrt(float64(squares[at+c])+1e-6))
				}
			}
		}
	}
	return weights{of, bias}
}

// quantise rounds each column to 8 bits by its largest weight.
func quantise(weights []float32, k int) ([]int8, []float32) {
	scale := make([]float32, k)
	for i, w := range weights {
		scale[i%k] = max(scale[i%k], float32(math.Abs(float64(w))))
	}
	for c := range scale {
		if scale[c] == 0 {
			scale[c] = 1
		}
		scale[c] /= 127
	}
	out := make([]int8, len(weights))
	for i, w := range weights {
		out[i] = int8(math.Round(float64(w / scale[i%k])))
	}
	return out, scale
}
