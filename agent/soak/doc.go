// Package soak runs all of Recado as processes on this machine, plays patients
// to it and breaks it, and tells what it then did wrong.
//
// Everything is the same binary, re-executed, with a redis-server beside it.
// The channel and the language model are stand-ins in this process; TCP
// proxies stand between every process and its servers. What happens follows
// from a seed, as far as clocks and schedulers let it. Package check judges
// the log of a run.
package soak
