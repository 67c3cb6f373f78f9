package doctor

import "context"

// Setting is a setting that was looked at by whoever knows how to read it.
type Setting struct {
	Part, Name string
	Given      bool   // false: it was not given
	Err        error  // what is wrong with it; its text holds no secret
	Found      string // what it says, where nothing is wrong
	// Warnings are what whoever runs this should know, one a line.
	Warnings []string
	Do       string // what to do about Err
	Ask      string // what to give so that it can be looked at
}

// Check tells what was found.
func (s Setting) Check(context.Context) []Result {
	l := &list{part: s.Part}
	switch {
	case s.Err != nil:
		l.fail(s.Name, s.Do, "%v", s.Err)
	case !s.Given:
		l.skip(s.Name, s.Ask, "it is not given")
	default:
		l.ok(s.Name, "%s", s.Found)
	}
	for _, warning := range s.Warnings {
		l.warn(s.Name, "", "%s", warning)
	}
	return l.all
}
