# SPDX-License-Identifier: BSD-2-Clause
#
# options.awk - the two parts of <xmem/options.h>; see options.sh
#
# usage: awk -v part=chosen -f options.awk values chosen
#        awk -v part=checks -f options.awk values names

function trim(s) {
	gsub(/^ +| +$/, "", s)
	return s
}

# Can the preprocessor calculate it? Then it has numbers and signs only.
function is_number(value) {
	gsub(/[0-9][0-9a-zA-Z]*/, "1", value)
	return value ~ /1/ && value !~ /[A-Za-z_"'#,\\]/
}

function error(name, says) {
	print "#error \"" name ": the library was built " says "\""
	print "#endif"
}

# xmem_option early|late "name" @ value @ "value": early is after
# <xmem/config.h>, late after all headers.
FILENAME == ARGV[1] {
	name = $3
	gsub(/"/, "", name)
	at = index($0, "@")
	rest = substr($0, at + 1)
	at = match(rest, /@[^@]*$/)
	is[$2, name]
	value[$2, name] = trim(substr(rest, 1, at - 1))
	text[$2, name] = trim(substr(rest, at + 1))
	next
}

# Functions keep their text, whose parameters must not be expanded.
part == "chosen" {
	name = $2
	sub(/\(.*/, "", name)
	print "#ifndef " name
	if (name == $2 && ("early", name) in is) {
		print trim("#define " name " " value["early", name])
	} else {
		print
	}
	print "#endif"
	next
}

# <xmem/config.h> has the same value; or no header has asked for it yet, and
# the default to come is the only value.
{
	name = $1
	use = $0
	sub(/^[^ ]* /, "", use)
	when = ("early", name) in is ? "early" : "late"
	v = value[when, name]
	unless = when == "early" ? "!defined(" name ") || " \
				 : "defined(" name ") && "
	if (!((when, name) in is)) {
		print "#ifdef " name
		error(name, "without it")
	} else if (is_number(v)) {
		print "#if " unless "(" name ") != (" v ")"
		error(name, "with " v)
	} else if (when == "early") {
		print "#ifndef " name
		error(name, "with it")
		print "XMEM_STATIC_ASSERT(__builtin_strcmp(XMEM_OPTIONS_TEXT(" use \
			"),\n\t" text[when, name] ") == 0,\n\t\"" name \
			": the library was built with another\");"
	} else if (v != "") {
		print "#ifdef " name
		error(name, "with its default")
	}
}
