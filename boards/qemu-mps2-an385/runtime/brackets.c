/*
 * brackets.c: is what was typed a whole program, or does the console wait for more?
 *
 * Like Espruino's it counts open brackets. Strings, templates, comments and regular expressions are skipped; an
 * unfinished comment or template waits, an unfinished string does not (the parser will complain).
 */
#include "runtime.h"

/* True when a "/" after this text starts a regular expression rather than a division. */
static bool regexAllowed(char before) { return !before || strchr("([{,;=:?!&|+-*%<>~^\n}", before) != NULL; }

int openBrackets(const char *text, size_t length) {
  int depth = 0, templates = 0, templateDepth[16];
  char before = 0; /* last character that was not white space */
  for (size_t i = 0; i < length; i++) {
    char c = text[i], next = i + 1 < length ? text[i + 1] : 0;
    bool inTemplate = c == '`' || (c == '}' && templates > 0 && depth == templateDepth[templates - 1]);
    if (c == '/' && next == '/') {
      while (i < length && text[i] != '\n') i++;
      continue;
    }
    if (c == '/' && next == '*') {
      for (i += 2; i + 1 < length && !(text[i] == '*' && text[i + 1] == '/');) i++;
      if (i + 1 >= length) return 1;
      i++;
      continue;
    }
    if (c == '"' || c == '\'' || (c == '/' && regexAllowed(before))) {
      bool set = false;
      for (i++; i < length && (text[i] != c || set); i++) {
        if (text[i] == '\n') return 0;
        if (text[i] == '\\') i++;
        else if (c == '/' && text[i] == '[') set = true;
        else if (text[i] == ']') set = false;
      }
      if (i >= length) return 0;
    } else if (inTemplate) {
      if (c == '}') templates--;
      for (i++; i < length && text[i] != '`' && !(text[i] == '$' && i + 1 < length && text[i + 1] == '{'); i++) {
        if (text[i] == '\\') i++;
      }
      if (i >= length) return 1;
      if (text[i] == '$') {
        if (templates == 16) return 0;
        templateDepth[templates++] = depth;
        i++;
      }
    } else if (strchr("([{", c) && c) {
      depth++;
    } else if (strchr(")]}", c) && c) {
      if (--depth < 0) return depth;
    }
    if (c != ' ' && c != '\t') before = c;
  }
  return depth + templates;
}
