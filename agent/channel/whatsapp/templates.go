package whatsapp

import (
	"strings"

	"recado/agent/bus"
	"recado/agent/channel"
	"recado/agent/clinic"
)

// ProfileTemplates is channel.Templates by the profiles of clinics, which it
// finds by their ids.
type ProfileTemplates func(clinic string) (*clinic.Profile, bool)

// Template implements channel.Templates. A gap that nothing fills is empty,
// which the sender refuses.
func (f ProfileTemplates) Template(out bus.Outbound) (channel.Template, bool) {
	p, ok := f(out.Clinic)
	if !ok || p == nil {
		return channel.Template{}, false
	}
	for _, key := range out.Keys {
		both, ok := p.Channels.WhatsApp.Templates[key]
		if !ok {
			continue
		}
		t := both.In(string(out.Language))
		filled := channel.Template{Name: t.Name, Language: t.Language}
		for _, name := range t.Parameters {
			filled.Parameters = append(filled.Parameters, templateFact(p, out, name))
		}
		return filled, true
	}
	return channel.Template{}, false
}

// templateFact is what fills a gap; see clinic.TemplateFacts.
func templateFact(p *clinic.Profile, out bus.Outbound, name string) string {
	switch name {
	case "clinic":
		return p.Name
	case "phone":
		return p.Phone
	case "website":
		return p.Website
	case "booking":
		return p.Links.Booking
	case "secure":
		return p.Links.Secure
	case "text":
		return out.Text
	case "link":
		return firstLink(out.Text)
	}
	return out.Facts[name]
}

// firstLink is the first link of a text, without the punctuation around it.
func firstLink(text string) string {
	for _, word := range strings.Fields(text) {
		word = strings.TrimLeft(word, "(<\"")
		if strings.HasPrefix(word, "https://") || strings.HasPrefix(word, "http://localhost") {
			return strings.TrimRight(word, ".,;:!?)>\"")
		}
	}
	return ""
}
