package dev.headlight.interp.metric;

import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.text.Encoded;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a number of the answer was read from. It shows which token a text named: {@code Mary} and {@code  Mary} are two.
 *
 * @param position counted from 0; null if it is not one position
 * @param answer null if the request names none
 * @param foil null if the request names none
 */
public record Measured(
        @Nullable Integer position,
        @Nullable Token answer,
        @Nullable Token foil) {
    /**
     * A token that the request names.
     *
     * @param token its text
     */
    public record Token(int tokenId, String token) {
        /** The token with this id. */
        public static Token of(HookedModel model, int id) {
            return new Token(id, model.text().token(id));
        }
    }

    /**
     * Names what is measured.
     *
     * @param answer token id; null for none
     * @param foil token id; null for none
     */
    public static Measured of(
            HookedModel model, @Nullable Integer position, @Nullable Integer answer, @Nullable Integer foil) {
        return new Measured(
                position, answer == null ? null : Token.of(model, answer), foil == null ? null : Token.of(model, foil));
    }

    /**
     * Warnings of tokens without a space before them, see {@link SpacedTokens}.
     *
     * @param clean is run unmodified if such a token has another form
     */
    public List<String> spaceWarnings(Session session, Encoded clean) {
        return SpacedTokens.of(session.model(), this).warnings(session, position, clean);
    }
}
