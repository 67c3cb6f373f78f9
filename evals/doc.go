// Package evals is about how good Recado is, in both languages: labelled
// messages and conversations, the programs that put them to it, and what its
// figures are worth.
//
//	suites   what ships: promises, and what a careful clinic would have Recado do
//	dev      the development set, on which rules and thresholds are made
//	unseen   messages that nobody looked at for that
//	suite, run, outcome, judge, stat, compare, show   recado eval, from a file to a report
//	fit      chooses thresholds on the development set
//	llmcost  what a language model would cost
//
// Its own tests hold the sets apart from the training examples and show that
// what is broken turns a gate red.
package evals
