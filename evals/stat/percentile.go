package stat

import "math"

// Percentiles of durations in microseconds, each to within 1%; Mean and Max
// are exact.
type Percentiles struct {
	N    int   `json:"n"`
	Mean int64 `json:"mean"`
	P50  int64 `json:"p50"`
	P90  int64 `json:"p90"`
	P95  int64 `json:"p95"`
	P99  int64 `json:"p99"`
	Max  int64 `json:"max"`
}

// Durations counts durations in buckets that are 2% wide, so that any number
// of them takes the same room. The zero value is ready.
type Durations struct {
	buckets []int
	n       int
	sum     float64
	max     int64
}

var width = math.Log(1.02)

// longest is what longer durations count as: a year.
const longest = int64(365 * 24 * 3600 * 1e6)

// Add counts one duration in microseconds. One below 0 counts as 0.
func (d *Durations) Add(micros int64) {
	micros = max(0, min(micros, longest))
	i := 0
	if micros > 0 {
		i = 1 + int(math.Log(float64(micros))/width)
	}
	if i >= len(d.buckets) {
		d.buckets = append(d.buckets, make([]int, i+1-len(d.buckets))...)
	}
	d.buckets[i]++
	d.n++
	d.sum += float64(micros)
	d.max = max(d.max, micros)
}

// Percentiles of the durations so far.
func (d *Durations) Percentiles() Percentiles {
	if d.n == 0 {
		return Percentiles{}
	}
	return Percentiles{N: d.n, Mean: int64(math.Round(d.sum / float64(d.n))), Max: d.max,
		P50: d.at(0.50), P90: d.at(0.90), P95: d.at(0.95), P99: d.at(0.99)}
}

// at is the duration that a share p of all do not exceed.
func (d *Durations) at(p float64) int64 {
	rank := int(math.Ceil(p * float64(d.n)))
	for i, n := range d.buckets {
		if rank -= n; rank > 0 {
			continue
		}
		if i == 0 {
			return 0
		}
		middle := math.Exp((float64(i-1) + 0.5) * width)
		return min(d.max, int64(math.Round(middle)))
	}
	return d.max
}
