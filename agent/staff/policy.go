package staff

import (
	_ "embed"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

//go:embed common.txt
var commonText string

var common = func() map[string]bool {
	words := map[string]bool{}
	for line := range strings.Lines(commonText) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			words[line] = true
		}
	}
	return words
}()

// fewest is how many different characters a password has at least.
const fewest = 5

// CheckPassword says whether a password may be used, as an *InputError with
// the field "password" and the problem "short", "long", "email", "name" or
// "common". Length counts, and that it is not what everybody tries first;
// there are no rules about kinds of characters.
func CheckPassword(password, email, name string) error {
	refuse := func(problem string) error { return &InputError{Field: "password", Problem: problem} }
	switch n := utf8.RuneCountInString(password); {
	case n < MinPassword:
		return refuse("short")
	case n > maxPassword:
		return refuse("long")
	}
	folded := strings.ToLower(norm.NFKC.String(password))
	core := strings.TrimFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) })
	local, _, _ := strings.Cut(foldEmail(email), "@")
	switch {
	case email != "" && (folded == foldEmail(email) || folded == local || core == local || strings.Contains(folded, foldEmail(email))):
		return refuse("email")
	case plain(folded) != "" && plain(folded) == plain(strings.ToLower(name)):
		return refuse("name")
	case common[folded], common[core], common[plain(core)], common[strings.TrimRight(folded, "0123456789!.?*#@$ ")], dull(folded):
		return refuse("common")
	}
	return nil
}

// plain is text without anything but letters.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, text)
}

// dull reports whether a password is one thing over and over, or runs up or
// down the alphabet.
func dull(password string) bool {
	runes := []rune(password)
	seen := map[rune]bool{}
	up, down := 1, 1
	for i, r := range runes {
		seen[r] = true
		if i > 0 {
			switch {
			case r == runes[i-1]+1, r == '0' && runes[i-1] == '9':
				up++
			case r == runes[i-1]-1, r == '9' && runes[i-1] == '0':
				down++
			}
		}
	}
	return len(seen) < fewest || up*4 >= len(runes)*3 || down*4 >= len(runes)*3
}
