/**
 * The template language Jinja, as chat templates use it: what is accepted renders as Jinja2 3.1 renders it, and what is
 * not implemented is refused by name, never rendered otherwise. A template is a stranger's program: it sees the values
 * that it is given and nothing else, changes none of them, and its work and its memory are bounded.
 *
 * @see <a href="https://jinja.palletsprojects.com/en/stable/templates/">Jinja, Template Designer Documentation</a>
 */
@NullMarked
package dev.headlight.model.jinja;

import org.jspecify.annotations.NullMarked;
