package staff

import (
	"fmt"
	"image"
	"strings"
)

// quiet is the white border of a QR code, in modules.
const quiet = 4

// qrSVG draws the QR code of a picture as an <svg> that stays sharp at any
// size, one rectangle for each run of dark modules. It returns "" for a
// picture of anything else.
func qrSVG(img image.Image) string {
	dark := func(x, y int) bool { r, _, _, _ := img.At(x, y).RGBA(); return r < 0x8000 }
	b := img.Bounds()
	left, top, right := -1, -1, -1
	for y := b.Min.Y; y < b.Max.Y && top < 0; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if dark(x, y) {
				if left < 0 {
					left, top = x, y
				}
				right = x // the first dark row ends with a finder pattern
			}
		}
	}
	if left < 0 {
		return ""
	}
	run := 0
	for dark(left+run, top) {
		run++
	}
	module := run / 7 // a finder pattern is 7 modules wide
	if module == 0 {
		return ""
	}
	size := (right - left + 1) / module
	var path strings.Builder
	for row := range size {
		for column := 0; column < size; column++ {
			length := 0
			for column+length < size && dark(left+(column+length)*module+module/2, top+row*module+module/2) {
				length++
			}
			if length > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", column+quiet, row+quiet, length, length)
				column += length
			}
		}
	}
	whole := size + 2*quiet
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges" role="img"><path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="%s"/></svg>`,
		whole, whole, whole, whole, path.String())
}
