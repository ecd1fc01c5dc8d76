package main

import (
	"html/template"
	"log"
	"net/http"
)

type departure struct {
	Port string
	At   string
}

var departures = []departure{{"Visby", "07:15"}, {"Nynashamn", "11:05"}}

func main() {
	pages := template.Must(template.ParseGlob("templates/*.html"))
	http.Handle("/static/", http.StripPrefix("/static/", http.FileServer(http.Dir("static"))))
	http.HandleFunc("/", func(response http.ResponseWriter, _ *http.Request) {
		if err := pages.ExecuteTemplate(response, "board.html", departures); err != nil {
			log.Print(err)
		}
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
