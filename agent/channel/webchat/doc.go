// Package webchat serves the page on which patients write to a clinic from a
// browser, in English and Spanish: what they write becomes events, and
// replies reach the page live from the stream of replies. The same page is
// the frame of a widget that one script tag puts on the clinic's own website,
// and a form serves browsers that run no script.
//
// A visitor is a random token in a cookie; nothing else is known of them. The
// page asks for it before the first message: were it to come with the answer
// to that message, a lost answer would make the retry another visitor's. The
// token is signed, so nobody makes up visitors past the limit of new ones. No
// GET changes anything.
package webchat
