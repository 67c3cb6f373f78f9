package main

import (
	"recado/agent/paging"
	pagingstore "recado/agent/paging/store"
)

type list interface{ paging.List } // its name is one of the interface's methods

// What a pager is made with that is asked for its warnings alone, and pages
// nobody.
type (
	noInbox  struct{ list }
	noCases  struct{ paging.Cases }
	noStates struct{ pagingstore.States }
)
