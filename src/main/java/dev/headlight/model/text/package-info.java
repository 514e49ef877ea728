/** Text in and out of a model: tokenizers, special tokens, chat templates, and the text of a token. */
@NullMarked
package dev.headlight.model.text;

import org.jspecify.annotations.NullMarked;
