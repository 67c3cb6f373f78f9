package llm

// Price is what an endpoint's tokens cost, in US dollars a million.
type Price struct {
	Input float64
	// Cached is for input that the endpoint had in its cache. Defaults to
	// Input.
	Cached float64
	Output float64
}

// Known reports whether any price is set.
func (p Price) Known() bool { return p != Price{} }

// Cost is the US dollars of a call. prompt counts cached too.
func (p Price) Cost(prompt, cached, completion int) float64 {
	return (float64(prompt-cached)*p.Input + float64(cached)*p.Cached + float64(completion)*p.Output) / 1e6
}
