package show

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// percent writes a share as a percentage with one decimal. Only 0 and 1 are
// written as 0% and 100%.
func percent(share float64) string {
	if p := share * 100; p > 0 && p < 0.05 {
		return "<0.1%"
	}
	return decimal(share) + "%"
}

// target writes a share that somebody chose, without needless zeros.
func target(share float64) string {
	return strconv.FormatFloat(math.Round(share*1e5)/1e3, 'f', -1, 64) + "%"
}

// percents writes an interval of shares.
func percents(low, high float64) string { return decimal(low) + "–" + decimal(high) + "%" }

func decimal(share float64) string {
	p := share * 100
	switch {
	case p == 0 || p == 100:
		return strconv.FormatFloat(p, 'f', 0, 64)
	case p > 99.9 && p < 100:
		return "99.9"
	}
	return strconv.FormatFloat(p, 'f', 1, 64)
}

// points writes a difference of two shares in percentage points, signed.
func points(d float64) string {
	p := d * 100
	if math.Abs(p) < 0.05 {
		return "0.0"
	}
	s := strconv.FormatFloat(math.Abs(p), 'f', 1, 64)
	if p < 0 {
		return "−" + s
	}
	return "+" + s
}

// micros writes a time given in microseconds with the unit that reads best.
func micros(us float64) string {
	switch {
	case us < 1:
		return "0"
	case us < 1000:
		return strconv.FormatFloat(us, 'f', 0, 64) + " µs"
	case us < 10_000:
		return strconv.FormatFloat(us/1e3, 'f', 1, 64) + " ms"
	case us < 1e6:
		return strconv.FormatFloat(us/1e3, 'f', 0, 64) + " ms"
	case us < 60e6:
		return strconv.FormatFloat(us/1e6, 'f', 1, 64) + " s"
	}
	return (time.Duration(us) * time.Microsecond).Round(time.Second).String()
}

// dollars writes an amount given in millionths of a US dollar.
func dollars(microUSD int64) string {
	d := float64(microUSD) / 1e6
	switch {
	case microUSD == 0:
		return "$0"
	case d < 0.01:
		return fmt.Sprintf("$%.5f", d)
	case d < 1:
		return fmt.Sprintf("$%.4f", d)
	}
	return fmt.Sprintf("$%.2f", d)
}

// count writes a whole number with thousands apart.
func count[N int | int64](n N) string {
	s := strconv.FormatInt(int64(n), 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// of counts things by name: 1 case, 2 cases.
func of(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(n) + " " + many
}

// pValue writes the p of a test.
func pValue(p float64) string {
	switch {
	case p < 0.001:
		return "p < 0.001"
	case p > 0.9995:
		return "p = 1"
	}
	return "p = " + strconv.FormatFloat(p, 'f', 3, 64)
}
