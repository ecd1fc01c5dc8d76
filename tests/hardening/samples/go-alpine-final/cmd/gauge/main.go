package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"example.org/gauge/internal/level"
)

var version = "unknown"

func main() {
	if len(os.Args) < 4 || os.Args[1] != "serve" {
		fmt.Fprintln(os.Stderr, "usage: gauge serve --zone ZONE")
		os.Exit(2)
	}
	zone, err := time.LoadLocation(os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/", func(response http.ResponseWriter, _ *http.Request) {
		now := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC).In(zone)
		fmt.Fprintf(response, "gauge %s: %d cm at %s\n", version, level.Of("bridge"), now.Format("15:04 MST"))
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
