// Package quota shares a vendor's limits between all processes that ask a
// language model: requests and tokens a minute and requests in flight, kept in
// Redis by one script. Nobody is in charge, and a process that dies gives its
// requests in flight back by time. While Redis is away each process keeps to
// its share: what the limits are divided by the number of processes that were
// seen last.
package quota
