package show

import (
	"math"
	"slices"
	"sort"

	"recado/evals/judge"
)

// matrix is a heat map of what was taken for what. Coordinates are of a view
// box of Width by Height.
type matrix struct {
	Title, Label  string
	Width, Height string
	Columns, Rows []matrixLabel
	Cells         []matrixCell
	Table         [][]string // the same as text: a row for each label
	Labels        []string
	Wrong         []confusion // the most frequent mistakes
}

type matrixLabel struct{ Name, X, Y string }

type matrixCell struct {
	X, Y, CX, CY string
	N            string
	Opacity      string
	Class        string // right or wrong
	Hot          bool   // the ground is strong, so that the figure is light
	Tip          string
}

type confusion struct{ Want, Got, N string }

// Sizes of the heat map.
const (
	matrixLeft, matrixTop, matrixCellSize = 76.0, 66.0, 34.0
	matrixMost                            = 9 // labels that a picture takes
)

func matrixOf(title string, m judge.Matrix) *matrix {
	if len(m.Cells) == 0 {
		return nil
	}
	v := &matrix{Title: title, Labels: m.Labels}
	at := map[[2]string]judge.Cell{}
	rows := map[string]int{}
	total, accepted := 0, 0
	for _, c := range m.Cells {
		at[[2]string{c.Want, c.Got}] = c
		rows[c.Want] += c.N
		total += c.N
		accepted += c.Accepted
	}
	v.Wrong = confusions(m.Cells)
	v.Label = "Of " + count(total) + " turns " + count(accepted) + " were decided as their label accepts."
	if len(v.Wrong) > 0 {
		v.Label += " The most frequent mistake: " + v.Wrong[0].Want + " taken for " + v.Wrong[0].Got + ", " + v.Wrong[0].N + "."
	}
	if len(m.Labels) > matrixMost {
		return v // the list of mistakes says more than a picture of specks
	}
	for i, label := range m.Labels {
		mid := (float64(i) + 0.5) * matrixCellSize
		v.Columns = append(v.Columns, matrixLabel{label, coord(matrixLeft + mid), coord(matrixTop - 8)})
		v.Rows = append(v.Rows, matrixLabel{label, coord(matrixLeft - 8), coord(matrixTop + mid + 4)})
		line := []string{label}
		for j, got := range m.Labels {
			c, ok := at[[2]string{label, got}]
			if !ok {
				line = append(line, "0")
				continue
			}
			line = append(line, count(c.N))
			v.Cells = append(v.Cells, matrixCellOf(c, i, j, rows[label]))
		}
		v.Table = append(v.Table, line)
	}
	size := float64(len(m.Labels)) * matrixCellSize
	v.Width, v.Height = coord(matrixLeft+size+14), coord(matrixTop+size+2)
	return v
}

func matrixCellOf(c judge.Cell, row, column, inRow int) matrixCell {
	x, y := matrixLeft+float64(column)*matrixCellSize, matrixTop+float64(row)*matrixCellSize
	strength, hot := heat(float64(c.N) / float64(max(inRow, 1)))
	cell := matrixCell{X: coord(x + 1), Y: coord(y + 1), CX: coord(x + matrixCellSize/2), CY: coord(y + matrixCellSize/2 + 4),
		N: count(c.N), Opacity: coord(strength), Class: "wrong", Hot: hot,
		Tip: c.Want + " taken for " + c.Got + ": " + count(c.N) + ", " + count(c.Accepted) + " of them accepted"}
	if c.Want == c.Got || 2*c.Accepted > c.N {
		cell.Class = "right"
	}
	return cell
}

func confusions(cells []judge.Cell) []confusion {
	var wrong []judge.Cell
	for _, c := range cells {
		if c.Want != c.Got && c.N > c.Accepted {
			wrong = append(wrong, c)
		}
	}
	sort.SliceStable(wrong, func(i, j int) bool { return wrong[i].N-wrong[i].Accepted > wrong[j].N-wrong[j].Accepted })
	var out []confusion
	for _, c := range wrong[:min(len(wrong), 12)] {
		out = append(out, confusion{c.Want, c.Got, count(c.N - c.Accepted)})
	}
	return out
}

// matrixFor is the matrix of a language, empty for all together.
func matrixFor(all []judge.Matrix, lang string) (judge.Matrix, bool) {
	i := slices.IndexFunc(all, func(m judge.Matrix) bool { return m.Lang == lang })
	if i < 0 {
		return judge.Matrix{}, false
	}
	return all[i], true
}

// heat is how strong a cell is for its share of the row, and whether that is so
// strong that its figure is light. Strengths on which neither a dark nor a
// light figure stands out are left out.
func heat(share float64) (strength float64, hot bool) {
	if share < 0.5 {
		return 0.12 + 0.38*math.Sqrt(share/0.5), false
	}
	return 0.86 + 0.14*(share-0.5)/0.5, true
}
