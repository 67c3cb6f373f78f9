package console

import (
	"fmt"
	"strconv"
)

// badges are how many icons with a number there are: the last one is for all
// that are more.
const badges = 10

// badge is the icon of the browser's tab with how many cases wait. Shape and
// number tell it, red or teal says whether something is pressing.
func badge(r *Request) error {
	n, err := strconv.Atoi(r.URL.Query().Get("n"))
	if err != nil || n < 0 {
		return NotFound()
	}
	pressing := r.URL.Query().Get("pressing") == "1"
	r.W.Header().Set("Content-Type", "image/svg+xml")
	r.W.Header().Set("Cache-Control", "private, max-age=86400")
	_, _ = r.W.Write([]byte(badgeSVG(n, pressing)))
	return nil
}

func badgeSVG(n int, pressing bool) string {
	const mark = `<rect width="32" height="32" rx="9" fill="#0e6b66"/><path d="M9 11.5h14M9 16h14M9 20.5h8" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round"/>`
	if n == 0 {
		return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">` + mark + `</svg>`
	}
	text, color := strconv.Itoa(n), "#0b4f4b"
	if n >= badges {
		text = "9+"
	}
	if pressing {
		color = "#ad2318"
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">%s<circle cx="21" cy="21" r="11" fill="%s" stroke="#fff" stroke-width="1.5"/><text x="21" y="26" text-anchor="middle" font-family="system-ui,sans-serif" font-weight="700" font-size="%d" fill="#fff">%s</text></svg>`,
		mark, color, 16-3*(len(text)-1), text)
}
