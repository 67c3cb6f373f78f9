package clinic

import (
	"net/url"
	"regexp"

	"go.yaml.in/yaml/v4"
)

var (
	numberIDForm  = regexp.MustCompile(`^[0-9]{5,32}$`)
	smsNumberForm = regexp.MustCompile(`^(\+[1-9][0-9]{6,14}|[1-9][0-9]{4,5})$`)
	originForm    = regexp.MustCompile(`^https://([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9]+(:[1-9][0-9]{0,4})?$|^http://(localhost|127\.0\.0\.1)(:[1-9][0-9]{0,4})?$`)
	webKeyForm    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{7,63}$`)
)

func (f *file) channels(to *Channels) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		f.mapping(n, field, fields{
			"whatsapp": func(n *yaml.Node, field string) {
				f.mapping(n, field, fields{
					"number_id": f.formed(&to.WhatsApp.NumberID, numberIDForm,
						"must be the phone number id from Meta's dashboard, digits only; it is not the telephone number"),
					"typing":    f.not(&to.WhatsApp.NoTyping),
					"templates": f.templates(&to.WhatsApp.Templates),
				})
			},
			"sms": func(n *yaml.Node, field string) {
				f.mapping(n, field, fields{
					"number": f.formed(&to.SMS.Number, smsNumberForm,
						"must be the number as Twilio writes it, in quotes: \"+17135550100\""),
				}, "number")
			},
			"web": func(n *yaml.Node, field string) {
				f.mapping(n, field, fields{
					"key": f.formed(&to.Web.Key, webKeyForm,
						"must be 8 to 64 letters, digits, dashes and underscores, such as buenavista-web"),
					"origins": f.origins(&to.Web.Origins),
				})
			},
		})
	}
}

// formed reads a plain value of a form.
func (f *file) formed(to *string, form *regexp.Regexp, wrong string) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		f.text(to)(n, field)
		if *to != "" && !form.MatchString(*to) {
			f.bad(n, field, "%s", wrong)
		}
	}
}

// origins reads addresses of websites without a path.
func (f *file) origins(to *[]string) func(*yaml.Node, string) {
	return func(n *yaml.Node, field string) {
		var all []string
		f.texts(&all)(n, field)
		for _, one := range all {
			u, err := url.Parse(one)
			switch {
			case err != nil || !originForm.MatchString(one) || len(u.Port()) == 5 && u.Port() > "65535":
				f.bad(n, field, "%q is no origin; write https:// and the host alone in small letters, such as https://www.clinic.example", one)
			case u.Scheme == "https" && u.Port() == "443", u.Scheme == "http" && u.Port() == "80":
				f.bad(n, field, "leave out :%s, as browsers do where they name the origin %q", u.Port(), one)
			}
		}
		*to = append(*to, all...)
	}
}
