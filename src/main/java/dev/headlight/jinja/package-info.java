/**
 * The part of the template language Jinja that chat templates use. An accepted template renders exactly as in Jinja2
 * 3.1; features that are not implemented are refused by name. Templates are untrusted: they see only the values passed
 * to them, cannot change these values, and have bounded time and memory.
 *
 * @see <a href="https://jinja.palletsprojects.com/en/stable/templates/">Jinja, Template Designer Documentation</a>
 */
@NullMarked
package dev.headlight.jinja;

import org.jspecify.annotations.NullMarked;
