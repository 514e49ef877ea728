package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.MetaArray;
import dev.headlight.tensor.Ops;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Several MLPs, the experts. A router chooses a few of them for each token, and their outputs are summed with its
 * weights.
 *
 * @param router weight [expert, d_model]
 * @param chosen experts that each token goes to
 * @param renormalised whether the weights of the chosen experts are divided by their sum
 * @see <a href="https://arxiv.org/abs/1701.06538">Shazeer et al., 2017</a>
 * @see <a href="https://arxiv.org/abs/2401.04088">Jiang et al., 2024, section 2.1</a>
 */
public record MixtureOfExperts(Linear router, List<GatedMlp> experts, int chosen, boolean renormalised)
        implements FeedForward {

    @Override
    public NDArray forward(NDArray x, int layer, ForwardPass pass) {
        NDArray logits = router.apply(x).toType(DataType.FLOAT32, false);
        NDArray weights = pass.hooks().at(new HookName(layer, Site.EXPERT_WEIGHTS), logits.softmax(-1));
        NDList top = weights.topK(chosen, -1);
        NDArray share = renormalised ? shares(top.get(0)) : top.get(0);
        NDArray indices = pass.hooks()
                .at(new HookName(layer, Site.EXPERT_INDICES), top.get(1).toType(DataType.FLOAT32, false));
        NDArray outputs = outputs(x, experts(indices)); // [batch, position, chosen, d_model]
        return outputs.mul(share.toType(x.getDataType(), false).expandDims(-1)).sum(new int[] {2});
    }

    /** The weights divided by their sum [batch, position, chosen]; 0, not NaN, if an edit made all weights 0. */
    private static NDArray shares(NDArray weights) {
        NDArray sum = weights.sum(new int[] {-1}, true);
        return Ops.where(sum.eq(0), weights.zerosLike(), weights.div(sum));
    }

    /** The chosen expert of each place. A place is one choice of one token: index {@code token * chosen + choice}. */
    private int[] experts(NDArray indices) {
        float[] values = MetaArray.is(indices) ? evenSpread((int) indices.size()) : indices.toFloatArray();
        int[] places = new int[values.length];
        for (int i = 0; i < places.length; i++) {
            places[i] = (int) values[i];
            if (places[i] != values[i] || places[i] < 0 || places[i] >= experts.size()) {
                throw new BadSelection(
                        "interventions",
                        "make the expert index " + values[i] + " at " + Site.EXPERT_INDICES.hook()
                                + ", which must stay a whole number in 0.." + (experts.size() - 1));
            }
        }
        return places;
    }

    /** Spreads the places evenly over the experts, for a dry run, which has no values. */
    private float[] evenSpread(int places) {
        float[] values = new float[places];
        for (int place = 0; place < places; place++) {
            values[place] = place % experts.size();
        }
        return values;
    }

    /** Runs each expert once, on all its tokens: [batch, position, d_model] to [batch, position, chosen, d_model]. */
    private NDArray outputs(NDArray x, int[] places) {
        long width = x.getShape().get(2);
        NDArray tokens = x.reshape(-1, width);
        List<NDArray> results = new ArrayList<>();
        int[] rowOf = new int[places.length]; // the row of each place among the results
        int rows = 0;
        for (int expert = 0; expert < experts.size(); expert++) {
            int current = expert;
            int[] itsPlaces = IntStream.range(0, places.length)
                    .filter(place -> places[place] == current)
                    .toArray();
            if (itsPlaces.length > 0) {
                int[] from =
                        IntStream.of(itsPlaces).map(place -> place / chosen).toArray();
                results.add(experts.get(expert).apply(Ops.select(tokens, 0, from)));
                for (int place : itsPlaces) {
                    rowOf[place] = rows++;
                }
            }
        }
        Shape shape = x.getShape();
        return Ops.select(Ops.concat(results, 0), 0, rowOf)
                .reshape(new Shape(shape.get(0), shape.get(1), chosen, width));
    }

    @Override
    public List<Linear> layers() {
        return List.of(); // each token reads few of its layers
    }

    @Override
    public @Nullable Linear output() {
        return null;
    }

    @Override
    public Set<Site> sites() {
        return EnumSet.of(Site.EXPERT_WEIGHTS, Site.EXPERT_INDICES);
    }
}
