package graphtest

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf16"
)

// request is a message or a read mark as a client posts it.
type request struct {
	Product string `json:"messaging_product"`
	Kind    string `json:"recipient_type"`
	To      string `json:"to"`
	User    string `json:"recipient"`
	Type    string `json:"type"`
	Text    struct {
		Body string `json:"body"`
	} `json:"text"`
	Interactive struct {
		Type string `json:"type"`
		Body struct {
			Text string `json:"text"`
		} `json:"body"`
		Footer struct {
			Text string `json:"text"`
		} `json:"footer"`
		Action struct {
			Buttons []struct {
				Type  string `json:"type"`
				Reply Choice `json:"reply"`
			} `json:"buttons"`
			Button   string `json:"button"`
			Sections []struct {
				Title string   `json:"title"`
				Rows  []Choice `json:"rows"`
			} `json:"sections"`
		} `json:"action"`
	} `json:"interactive"`
	Template struct {
		Name     string `json:"name"`
		Language struct {
			Code string `json:"code"`
		} `json:"language"`
		Components []struct {
			Type       string `json:"type"`
			Parameters []struct {
				Type string `json:"type"`
				Text string `json:"text"`
			} `json:"parameters"`
		} `json:"components"`
	} `json:"template"`
	Callback string `json:"biz_opaque_callback_data"`

	Status  string `json:"status"`
	Message string `json:"message_id"`
	Typing  struct {
		Type string `json:"type"`
	} `json:"typing_indicator"`
}

// wrong is what the platform refuses about a message, with its code.
type wrong struct {
	code    int
	details string
}

func bad(format string, args ...any) *wrong { return &wrong{131009, fmt.Sprintf(format, args...)} }

// call is the message of a request, or what is wrong with it.
func (in *request) call() (Call, *wrong) {
	c := Call{To: in.To, User: in.User, Kind: in.Type, Callback: in.Callback}
	if in.Product != "whatsapp" || in.Kind != "individual" {
		return c, &wrong{100, "messaging_product or recipient_type"}
	}
	if in.To == "" && in.User == "" {
		return c, &wrong{131008, "to or recipient is required"}
	}
	if len(in.Callback) > 512 {
		return c, bad("biz_opaque_callback_data is too long")
	}
	switch in.Type {
	case "text":
		c.Text = in.Text.Body
		if c.Text == "" || length(c.Text) > 4096 {
			return c, &wrong{100, "text.body"}
		}
	case "interactive":
		c.Kind, c.Text = in.Interactive.Type, in.Interactive.Body.Text
		if c.Text == "" || length(c.Text) > 1024 || length(in.Interactive.Footer.Text) > 60 {
			return c, bad("interactive body or footer length")
		}
		return in.choices(c)
	case "template":
		return in.template(c)
	default:
		return c, &wrong{131051, "type"}
	}
	return c, nil
}

func (in *request) choices(c Call) (Call, *wrong) {
	ids, titles := map[string]bool{}, map[string]bool{}
	check := func(o Choice, id, title int, distinct bool) *wrong {
		switch {
		case o.ID == "" || o.ID != strings.TrimSpace(o.ID) || length(o.ID) > id:
			return bad("button or row id")
		case strings.TrimSpace(o.Title) == "" || length(o.Title) > title:
			return bad("button or row title length")
		case ids[o.ID], distinct && titles[o.Title]:
			return bad("duplicated button or row")
		}
		ids[o.ID], titles[o.Title] = true, true
		return nil
	}
	action := in.Interactive.Action
	switch in.Interactive.Type {
	case "button":
		if n := len(action.Buttons); n < 1 || n > 3 || action.Button != "" || len(action.Sections) > 0 {
			return c, bad("interactive button count: 1 to 3")
		}
		for _, b := range action.Buttons {
			if w := check(b.Reply, 256, 20, true); w != nil || b.Type != "reply" {
				return c, or(w, bad("button type"))
			}
			c.Choices = append(c.Choices, b.Reply)
		}
	case "list":
		if length(action.Button) < 1 || length(action.Button) > 20 || len(action.Buttons) > 0 {
			return c, bad("interactive list button length: 1 to 20")
		}
		c.Menu = action.Button
		for _, s := range action.Sections {
			if len(s.Rows) == 0 || length(s.Title) > 24 || s.Title == "" && len(action.Sections) > 1 {
				return c, bad("section title or rows")
			}
			for _, row := range s.Rows {
				if w := check(row, 200, 24, false); w != nil || length(row.Detail) > 72 {
					return c, or(w, bad("row description length"))
				}
				c.Choices = append(c.Choices, row)
			}
		}
		if n := len(c.Choices); n < 1 || n > 10 {
			return c, bad("row count over all sections: 1 to 10")
		}
	default:
		return c, bad("interactive type")
	}
	return c, nil
}

var (
	templateName = regexp.MustCompile(`^[a-z0-9_]{1,512}$`)
	templateLang = regexp.MustCompile(`^[a-z]{2,3}(_[A-Z]{2})?$`)
)

func (in *request) template(c Call) (Call, *wrong) {
	t := in.Template
	c.Template, c.TemplateLanguage = t.Name, t.Language.Code
	if !templateName.MatchString(t.Name) || !templateLang.MatchString(t.Language.Code) {
		return c, &wrong{132001, "template name or language"}
	}
	for _, component := range t.Components {
		if component.Type != "body" {
			return c, &wrong{132012, "template component"}
		}
		for _, p := range component.Parameters {
			if p.Type != "text" || strings.TrimSpace(p.Text) == "" || strings.ContainsAny(p.Text, "\n\t\r") || strings.Contains(p.Text, "     ") {
				return c, &wrong{132012, "template parameter"}
			}
			c.Parameters = append(c.Parameters, p.Text)
		}
	}
	return c, nil
}

func or(a, b *wrong) *wrong {
	if a != nil {
		return a
	}
	return b
}

// length counts as the strictest reader would: in UTF-16 code units.
func length(text string) int { return len(utf16.Encode([]rune(text))) }
