// Package webchat serves the page on which patients write to a clinic from a
// browser, in English and Spanish: what they write becomes events, and
// replies reach the page live from the stream of replies.
//
// A visitor is a random token in a cookie that is set when the first message
// is sent; nothing else is known of them. No GET changes anything.
package webchat
