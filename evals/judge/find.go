package judge

// Slice returns the slice of v, if any case is in it.
func (v Variant) Slice(by Dimension, value, lang string) (Slice, bool) {
	for _, s := range v.Slices {
		if s.By == by && s.Value == value && s.Lang == lang {
			return s, true
		}
	}
	return Slice{}, false
}

// Share returns a measure of s, if any case of it asks for the measure.
func (s Slice) Share(measure string) (Share, bool) {
	for _, x := range s.Shares {
		if x.Measure == measure {
			return x, true
		}
	}
	return Share{}, false
}

// Exit is the exit code of a run: 1 where a gate fails, a failure is not gated
// or a known one is mended; else 3 where cases were not judged, or strict is set and a gate is
// inconclusive; else 0.
func (s Summary) Exit(strict bool) int {
	switch {
	case s.Verdict == Fail:
		return 1
	case s.Counts.Error > 0 || strict && s.Verdict == Inconclusive:
		return 3
	}
	return 0
}
