package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.HookName;
import dev.headlight.model.Hooks;
import dev.headlight.model.Site;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scalars;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * From token ids to what the first block receives.
 *
 * @param tokens (vocab, d_embed)
 * @param projection on the tokens' embeddings, where they are narrower than d_model; null for none
 * @param scale what the tokens' embeddings are multiplied by
 * @param positions learned positions, the first row that of position 0; null for none
 * @param tokenType what every token gets of the first token type, (d_embed); null for none
 * @param norm on the sum; null for none
 * @param widening on the normalised sum, where that is narrower than d_model; null for none
 */
public record Embedding(
        NDArray tokens,
        @Nullable Linear projection,
        double scale,
        @Nullable NDArray positions,
        @Nullable NDArray tokenType,
        @Nullable Norm norm,
        @Nullable Linear widening) {

    public static Embedding of(NDArray tokens) {
        return new Embedding(tokens, null, 1, null, null, null, null);
    }

    public Embedding projection(@Nullable Linear projection) {
        return new Embedding(tokens, projection, scale, positions, tokenType, norm, widening);
    }

    public Embedding scale(double scale) {
        return new Embedding(tokens, projection, scale, positions, tokenType, norm, widening);
    }

    public Embedding positions(NDArray positions) {
        return new Embedding(tokens, projection, scale, positions, tokenType, norm, widening);
    }

    public Embedding tokenType(@Nullable NDArray tokenType) {
        return new Embedding(tokens, projection, scale, positions, tokenType, norm, widening);
    }

    public Embedding norm(Norm norm) {
        return new Embedding(tokens, projection, scale, positions, tokenType, norm, widening);
    }

    public Embedding widening(@Nullable Linear widening) {
        return new Embedding(tokens, projection, scale, positions, tokenType, norm, widening);
    }

    /** @param ids int64 (batch, position); the result is (batch, position, d_model) */
    NDArray forward(NDArray ids, Hooks hooks) {
        NDArray x = Ops.embedding(ids, tokens);
        if (projection != null) {
            x = projection.apply(x);
        }
        x = hooks.at(HookName.of(Site.EMBED), scale == 1 ? x : Scalars.times(x, scale));
        if (tokenType != null) {
            NDArray everywhere = x.zerosLike().add(tokenType);
            x = x.add(hooks.at(HookName.of(Site.TOKEN_TYPE_EMBED), everywhere));
        }
        if (positions != null) {
            NDArray at = ids.getManager().arange(0, (int) ids.getShape().get(1), 1, ids.getDataType());
            NDArray rows = Ops.expand(Ops.embedding(at, positions).expandDims(0), x.getShape());
            x = x.add(hooks.at(HookName.of(Site.POS_EMBED), rows));
        }
        x = norm == null ? x : norm.apply(x);
        return widening == null ? x : widening.apply(x);
    }

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
