package main

import "testing"

func TestThereAreDepartures(t *testing.T) {
	if len(departures) == 0 {
		t.Fatal("no ferry leaves")
	}
}
