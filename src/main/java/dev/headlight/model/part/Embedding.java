package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scalars;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Maps token ids to the residual stream that the first block receives: {@code widening(norm(scale * projection(token) +
 * type + position))}.
 *
 * @param tokens [vocab, d_embed]
 * @param projection of token embeddings that are narrower than d_model (OPT); null for none
 * @param scale factor of the token embeddings (Gemma, Granite)
 * @param positions learned positions [position, d_embed], from position 0 on; null for none
 * @param tokenType the embedding of the first token type [d_embed], which is added to every token (BERT); null for none
 * @param norm on the sum; null for none
 * @param widening projection of a normalised sum that is narrower than d_model (ELECTRA); null for none
 */
public record Embedding(
        NDArray tokens,
        @Nullable Linear projection,
        double scale,
        @Nullable NDArray positions,
        @Nullable NDArray tokenType,
        @Nullable Norm norm,
        @Nullable Linear widening) {

    /** Token embeddings [vocab, d_embed] alone. */
    public static Embedding of(NDArray tokens) {
        return new Embedding(tokens, null, 1, null, null, null, null);
    }

    /** With a projection of the token embeddings; null for none. */
    public Embedding projection(@Nullable Linear projection) {
        return new Embedding(tokens, projection, scale, positions, tokenType, norm, widening);
    }

    /** With a factor of the token embeddings. */
    public Embedding scale(double scale) {
        return new Embedding(tokens, projection, scale, positions, tokenType, norm, widening);
    }

    /** With learned positions [position, d_embed]. */
    public Embedding positions(NDArray positions) {
        return new Embedding(tokens, projection, scale, positions, tokenType, norm, widening);
    }

    /** With the embedding of the first token type [d_embed]; null for none. */
    public Embedding tokenType(@Nullable NDArray tokenType) {
        return new Embedding(tokens, projection, scale, positions, tokenType, norm, widening);
    }

    /** With a norm on the sum. */
    public Embedding norm(Norm norm) {
        return new Embedding(tokens, projection, scale, positions, tokenType, norm, widening);
    }

    /** With a projection of the normalised sum to d_model; null for none. */
    public Embedding widening(@Nullable Linear widening) {
        return new Embedding(tokens, projection, scale, positions, tokenType, norm, widening);
    }

    /** Embeds tokens: int64 [batch, position] to [batch, position, d_model]. */
    NDArray forward(NDArray ids, Hooks hooks) {
        NDArray x = Ops.embedding(ids, tokens);
        if (projection != null) {
            x = projection.apply(x);
        }
        x = hooks.at(HookName.of(Site.EMBED), scale == 1 ? x : Scalars.times(x, scale));
        if (tokenType != null) {
            NDArray types = x.zerosLike().add(tokenType);
            x = x.add(hooks.at(HookName.of(Site.TOKEN_TYPE_EMBED), types));
        }
        if (positions != null) {
            NDArray at = ids.getManager().arange(0, (int) ids.getShape().get(1), 1, ids.getDataType());
            NDArray rows = Ops.expand(Ops.embedding(at, positions).expandDims(0), x.getShape());
            x = x.add(hooks.at(HookName.of(Site.POS_EMBED), rows));
        }
        x = norm == null ? x : norm.apply(x);
        return widening == null ? x : widening.apply(x);
    }

    /** The sites of its hook points. */
    Set<Site> sites() {
        Set<Site> sites = EnumSet.of(Site.EMBED);
        if (tokenType != null) {
            sites.add(Site.TOKEN_TYPE_EMBED);
        }
        if (positions != null) {
            sites.add(Site.POS_EMBED);
        }
        return sites;
    }
}
