package whatsapp

import (
	"strings"

	"recado/agent"
	"recado/agent/channel"
	"recado/agent/language"
	"recado/locales"
)

// Limits of choices, in UTF-16 code units, which is never fewer than
// characters.
const (
	maxBody      = 1024
	maxButtons   = 3
	maxRows      = 10
	maxButtonID  = 256
	maxTitle     = 20 // of a button
	maxMenu      = 20 // of the button that opens a list
	maxRowID     = 200
	maxRowTitle  = 24
	maxRowDetail = 72
)

// outChoices is a message with choices to tap: buttons, or a list behind one.
type outChoices struct {
	Type   string    `json:"type"` // button or list
	Body   outBody   `json:"body"`
	Action outAction `json:"action"`
}

type outBody struct {
	Text string `json:"text"`
}

type outAction struct {
	Buttons  []outButton  `json:"buttons,omitempty"`
	Button   string       `json:"button,omitempty"` // opens the list
	Sections []outSection `json:"sections,omitempty"`
}

type outButton struct {
	Type  string   `json:"type"`
	Reply outReply `json:"reply"`
}

type outReply struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

type outSection struct {
	Rows []outRow `json:"rows"`
}

type outRow struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
}

// choices is m with choices to tap; nil where they fit neither buttons nor a
// list.
func (s *Sender) choices(m channel.Message) *outChoices {
	if len(m.Choices) == 0 || len(m.Choices) > maxRows || units(m.Text) > maxBody {
		return nil
	}
	out := &outChoices{Body: outBody{m.Text}}
	if fit(m.Choices, maxButtons, maxButtonID, maxTitle, true) {
		out.Type = "button"
		for _, c := range m.Choices {
			out.Action.Buttons = append(out.Action.Buttons, outButton{"reply", outReply{c.ID, c.Title}})
		}
		return out
	}
	if !fit(m.Choices, maxRows, maxRowID, maxRowTitle, false) {
		return nil
	}
	rows := make([]outRow, 0, len(m.Choices))
	for _, c := range m.Choices {
		if units(c.Detail) > maxRowDetail {
			return nil
		}
		rows = append(rows, outRow{c.ID, c.Title, c.Detail})
	}
	out.Type, out.Action.Button, out.Action.Sections = "list", s.menu(m), []outSection{{rows}}
	return out
}

// fit reports whether Meta takes all of these: as many, as long, with ids of
// their own, and where distinct is set with titles of their own.
func fit(all []agent.Choice, most, id, title int, distinct bool) bool {
	ids, titles := map[string]bool{}, map[string]bool{}
	for _, c := range all {
		if c.ID == "" || c.ID != strings.TrimSpace(c.ID) || units(c.ID) > id || strings.TrimSpace(c.Title) == "" || units(c.Title) > title ||
			ids[c.ID] || distinct && titles[c.Title] {
			return false
		}
		ids[c.ID], titles[c.Title] = true, true
	}
	return len(all) <= most
}

// menu is what the button reads that opens a list.
func (s *Sender) menu(m channel.Message) string {
	if text := strings.TrimSpace(m.Menu); text != "" && units(text) <= maxMenu {
		return text
	}
	if m.Language == language.Spanish {
		return s.menus[language.Spanish]
	}
	return s.menus[language.English]
}

// MenuKey is the catalogue key of what the button reads that opens a list.
const MenuKey = "choices.menu"

// menusOf returns the catalogue's words for the button that opens a list.
func menusOf() (map[language.Language]string, error) {
	c, err := locales.Default()
	if err != nil {
		return nil, err
	}
	menus := map[language.Language]string{}
	for _, lang := range locales.Languages {
		if menus[lang], err = c.Render(lang, nil, locales.Message{Key: MenuKey}); err != nil {
			return nil, err
		}
	}
	return menus, nil
}

// units is the length of text in UTF-16 code units.
func units(text string) int {
	n := 0
	for _, r := range text {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}
