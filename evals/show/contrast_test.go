package show

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// colours reads the custom properties of a block of the style.
func colours(block string) map[string][3]float64 {
	out := map[string][3]float64{}
	for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6});`).FindAllStringSubmatch(block, -1) {
		n, _ := strconv.ParseUint(m[2], 16, 32)
		for i := range 3 {
			c := float64(n>>(16-8*i)&255) / 255
			rgb := out[m[1]]
			rgb[i] = c
			out[m[1]] = rgb
		}
	}
	return out
}

// luminance and contrast as WCAG 2 defines them.
func luminance(rgb [3]float64) float64 {
	linear := func(c float64) float64 {
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(rgb[0]) + 0.7152*linear(rgb[1]) + 0.0722*linear(rgb[2])
}

func contrast(a, b [3]float64) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestTextAndMarksStandOutInBothSchemes(t *testing.T) {
	style, err := files.ReadFile("page/style.css")
	if err != nil {
		t.Fatal(err)
	}
	light, rest, _ := strings.Cut(string(style), "@media (prefers-color-scheme: dark)")
	dark, _, _ := strings.Cut(rest, "* { box-sizing")
	for scheme, block := range map[string]string{"light": light, "dark": dark} {
		c := colours(block)
		for need, pairs := range map[float64][]string{
			4.5: { // text
				"ink ground", "ink card", "ink sunk", "ink mark", "ink fault-soft", "ink brand-soft", "soft ground", "soft card", "soft sunk",
				"brand ground", "brand card", "good good-soft", "bad bad-soft", "unsure unsure-soft", "fault fault-soft",
				"good card", "bad card", "bad ground", "good ground", "fault ground", "card heat"},
			3: { // marks
				"en card", "es card", "mixed card", "other card", "en good-soft", "es good-soft", "unsure card", "heat card", "guard card", "classifier card", "gate card", "state card", "llm card"},
		} {
			for _, pair := range pairs {
				a, b, _ := strings.Cut(pair, " ")
				if _, ok := c[a]; !ok {
					t.Fatalf("%s: there is no colour %s", scheme, a)
				}
				if _, ok := c[b]; !ok {
					t.Fatalf("%s: there is no colour %s", scheme, b)
				}
				if got := contrast(c[a], c[b]); got < need {
					t.Errorf("%s: %s on %s has a contrast of %.2f, want %.1f", scheme, a, b, got, need)
				}
			}
		}
	}
}

func TestFiguresOfTheHeatMapStandOutAtEveryStrength(t *testing.T) {
	style, err := files.ReadFile("page/style.css")
	if err != nil {
		t.Fatal(err)
	}
	light, rest, _ := strings.Cut(string(style), "@media (prefers-color-scheme: dark)")
	dark, _, _ := strings.Cut(rest, "* { box-sizing")
	for scheme, block := range map[string]string{"light": light, "dark": dark} {
		c := colours(block)
		for _, ground := range []string{"heat", "bad"} {
			for share := 0.0; share <= 1.0; share += 0.005 {
				strength, hot := heat(share)
				var mixed [3]float64
				for i := range 3 {
					mixed[i] = c[ground][i]*strength + c["card"][i]*(1-strength)
				}
				figure := "ink"
				if hot {
					figure = "card"
				}
				if got := contrast(c[figure], mixed); got < 4.5 {
					t.Errorf("%s: a figure on %s for a share of %.3f has a contrast of %.2f", scheme, ground, share, got)
				}
			}
		}
	}
}
