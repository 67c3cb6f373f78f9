package language

import "math"

// Sample is a message whose language is known.
type Sample struct {
	Text     string
	Language Language // English or Spanish
}

// Train learns a Model from messages in English and Spanish. A word's
// log-odds is smoothed and clipped at 4; letter n-grams are learned from the
// words, each counted by the logarithm of its use, so that they describe the
// language and not its most frequent words.
func Train(samples []Sample) Model {
	counts := map[string]*[2]float64{}
	var totals [2]float64
	for _, s := range samples {
		k := 0
		if s.Language == Spanish {
			k = 1
		}
		for _, t := range Scan(s.Text).Tokens {
			if t.Surface[0] <= '9' {
				continue
			}
			if counts[t.Surface] == nil {
				counts[t.Surface] = &[2]float64{}
			}
			counts[t.Surface][k]++
			totals[k]++
		}
	}
	m := Model{Words: make(map[string]float32, len(counts)), Grams: make([]float32, gramBuckets)}
	gramCounts := make([][2]float64, gramBuckets)
	var gramTotals [2]float64
	for w, c := range counts {
		odds := math.Log((c[0]+0.3)/(totals[0]+1)) - math.Log((c[1]+0.3)/(totals[1]+1))
		m.Words[w] = float32(max(-clip, min(clip, odds)))
		grams(w, func(h uint64) {
			for k := range 2 {
				x := math.Log1p(c[k])
				gramCounts[h%gramBuckets][k] += x
				gramTotals[k] += x
			}
		})
	}
	for i, c := range gramCounts {
		m.Grams[i] = float32(math.Log((c[0]+0.5)/(gramTotals[0]+1)) - math.Log((c[1]+0.5)/(gramTotals[1]+1)))
	}
	return m
}
