package soak

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
)

// Ports are taken from below those that systems give out by themselves: what
// is free here stays free until the process that it is for listens, and while
// that one is down.
const firstPort, lastPort = 18000, 32000

// freePorts are ports of the loopback interface that nothing listens on.
func freePorts(n int) ([]string, error) {
	var ports []string
	for range 100 * n {
		port := strconv.Itoa(firstPort + rand.IntN(lastPort-firstPort))
		l, err := net.Listen("tcp", "127.0.0.1:"+port)
		if err != nil {
			continue // somebody has it
		}
		defer l.Close() // all at the end, so that none is chosen twice
		if ports = append(ports, port); len(ports) == n {
			return ports, nil
		}
	}
	return nil, errors.New("find free ports on 127.0.0.1: there are too few between " + strconv.Itoa(firstPort) + " and " + strconv.Itoa(lastPort))
}
