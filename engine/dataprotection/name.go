package dataprotection

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// firstNames are given names that are usual where Latin letters are written. A full name begins with one.
var firstNames = nameSet(`
Aaron Abigail Adam Adrian Agnes Ahmed Alan Albert Alejandro Alessandro Alex Alexander Alexandra Alfred Alice Alicia Alison Allison Alma Amanda Amber Amelia Amy Ana Andre Andrea
Andreas Andrew Angela Angelo Anita Ann Anna Anne Annette Anthony Antoine Antonio Arthur Ashley Audrey Barbara Beatrice Benjamin Bernard Bernd Beth Betty Beverly Bianca Bill
Birgit Björn Bob Bradley Brandon Brenda Brian Bruce Bruno Bryan Camille Carl Carla Carlo Carlos Carmen Carol Caroline Catherine Cecilia Charles Charlotte Cheryl Chloe Christian
Christina Christine Christoph Christopher Claire Clara Claudia Colin Craig Cristina Cynthia Daniel Daniela Danielle David Deborah Debra Denise Dennis Diana Diane Diego Dieter
Dirk Dominique Donald Donna Doris Dorothy Douglas Duncan Dylan Edward Eileen Elaine Elena Eleanor Elisabeth Elizabeth Ellen Emily Emma Enrique Eric Erik Erika Esther Ethan Eugene
Eva Evelyn Fabian Federico Felix Fernando Florian Frances Francesca Francesco Francisco Franck Frank Franz François Fred Frederick Friedrich Gabriel Gabriela Gary Gavin Geoffrey
George Gerald Gerhard Giovanni Giulia Giuseppe Gloria Gordon Graham Gregory Guillaume Gustav Guy Hans Harald Harold Harry Heather Heidi Heinrich Heinz Helen Helena Helga Henri
Henry Herbert Holger Howard Hugo Ian Ines Ingrid Irene Isabel Isabella Jack Jacob Jacqueline Jacques Jake James Jamie Jan Jane Janet Janice Jasmine Jason Javier Jean Jeffrey
Jennifer Jens Jeremy Jerry Jesse Jessica Jessie Jill Jim Joachim Joan Joanna Joao João Joe Joel Johann Johanna John Jonas Jonathan Jorge José Jose Joseph Joshua Joyce Juan Judith
Judy Julia Julian Juliana Julie Jürgen Justin Karen Karl Karin Katharina Katherine Kathleen Kathryn Katja Keith Kelly Kenneth Kerstin Kevin Kimberly Klaus Kristen Kyle Larry Laura
Lauren Laurent Lawrence Leonard Leonardo Leslie Lewis Liam Linda Lisa Logan Lorenzo Louis Louise Luca Lucas Lucia Lucy Luigi Luis Luise Lukas Lydia Madison Manfred Manuel Marc
Marcel Marco Marcos Margaret Maria Marie Marilyn Mario Marion Mark Markus Martha Martin Martina Mary Mateo Matteo Matthew Matthias Maureen Maurice Megan Melanie Melissa Michael
Michaela Michel Michelle Miguel Mohamed Mohammed Monica Monika Muhammad Nadine Nancy Natalie Natasha Nathan Nicholas Nicola Nicolas Nicole Nigel Nina Noah Norbert Norma Oliver Olivia
Oscar Otto Pablo Pamela Paola Paolo Patricia Patrick Paul Paula Pauline Pedro Peter Petra Philip Philipp Philippe Phillip Pierre Pietro Rachel Rafael Rainer Ralf Ralph Raymond Rebecca
Regina Renate Richard Robert Roberta Roberto Roger Roland Ronald Rosa Rosemary Rudolf Russell Ruth Ryan Sabine Sabrina Salvatore Samantha Samuel Sandra Santiago Sara Sarah Scott Sean
Sebastian Sergio Sharon Shirley Silvia Simon Simone Sofia Sophia Sophie Stefan Stefanie Stefano Stephanie Stephen Steven Stuart Susan Susanne Suzanne Sven Sylvia Tamara Tanja Tanya
Teresa Terry Theodor Theodore Theresa Thomas Tiffany Timothy Tina Tobias Todd Tomas Torsten Tracy Tyler Ulrich Ulrike Ursula Uwe Valentina Valerie Vanessa Vera Veronica Victor
Victoria Vincent Vincenzo Virginia Vivian Walter Wanda Wayne Wendy Werner William Wolfgang Xavier Yvonne Yves Zachary Zoe`)

// noNames are words that follow a given name without being one.
var noNames = nameSet(`And Or The For With From Has Was Is Are Inc Ltd Llc Gmbh Street Avenue Road Lane University College School Hospital Airport Bank Group Error Warning Info Debug
Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April June July August September October November December Standard Exception Server Service Client
Request Response User Role Policy Account Bucket Key Table Queue Topic Function Created Deleted Updated Failed Succeeded`)

func nameSet(list string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(list) {
		out[w] = true
	}
	return out
}

// scanNames finds full names: a given name, perhaps others or initials, and a last name, each with a capital and one blank apart.
func scanNames(text string, found func(start, end int)) {
	for i := 0; i < len(text); {
		start := i
		if !capital(text, i) || !wordStart(text, i) {
			i++
			continue
		}
		i = wordEnd(text, start)
		first, _, _ := strings.Cut(text[start:i], "-")
		if !firstNames[first] {
			continue
		}
		end, last := i, start
		for range 4 {
			if end >= len(text) || text[end] != ' ' {
				break
			}
			at := end + 1
			for _, p := range []string{"de la ", "von der ", "van der ", "de ", "da ", "di ", "von ", "van "} {
				if strings.HasPrefix(text[at:], p) {
					at += len(p)
					break
				}
			}
			if !capital(text, at) {
				break
			}
			stop := wordEnd(text, at)
			if word := text[at:stop]; noNames[word] {
				break
			} else if utf8.RuneCountInString(word) == 1 {
				if stop < len(text) && text[stop] == '.' { // an initial
					stop++
				}
				end = stop
				continue
			}
			end, last = stop, stop
		}
		if last > start {
			found(start, last)
			i = last
		}
	}
}

// capital reports whether a word with a capital begins there.
func capital(text string, i int) bool {
	if i >= len(text) || text[i] < utf8.RuneSelf && (text[i] < 'A' || text[i] > 'Z') {
		return false
	}
	r, _ := utf8.DecodeRuneInString(text[i:])
	return unicode.IsUpper(r) && unicode.Is(unicode.Latin, r)
}

func wordStart(text string, i int) bool {
	if i == 0 {
		return true
	}
	r, _ := utf8.DecodeLastRuneInString(text[:i])
	return !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

// wordEnd is where the word ends that begins there: letters, and hyphens or apostrophes between them.
func wordEnd(text string, i int) int {
	for i < len(text) {
		r, size := utf8.DecodeRuneInString(text[i:])
		if !unicode.IsLetter(r) {
			if next, _ := utf8.DecodeRuneInString(text[i+size:]); r != '-' && r != '\'' && r != '’' || !unicode.IsUpper(next) {
				break
			}
		}
		i += size
	}
	return i
}
