package dev.headlight.interp.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.headlight.interp.Requests;
import dev.headlight.interp.Tensors;
import dev.headlight.interp.read.TopNeurons.Reduce;
import dev.headlight.interp.session.Session;
import dev.headlight.model.Fixture;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.AnswerMemory;
import dev.headlight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TopNeuronsTest {
    private final Fixture f = Fixture.of("encoder_post_relu");
    private final int[][] inputs = {
        f.prompts().get("b"), f.prompts().get("a"), f.prompts().get("clean")
    };
    private final AnswerMemory kept = new AnswerMemory();
    private final Session session = Requests.session(f.model(), kept);

    @AfterEach
    void close() {
        kept.close();
    }

    private TopNeurons.Answer top(HookName hook, Integer k, Reduce reduce, int[]... of) {
        return TopNeurons.compute(session, Requests.inputs(session, of), new TopNeurons.Query(hook, k, reduce, true));
    }

    /** A value and where it was. */
    private record Seen(int input, int position, float value) {}

    /** Every value of each neuron, inputs and positions in order. */
    private List<List<Seen>> seen(HookName hook, int width) {
        List<List<Seen>> neurons = new ArrayList<>();
        IntStream.range(0, width).forEach(n -> neurons.add(new ArrayList<>()));
        for (int input = 0; input < inputs.length; input++) {
            float[] values = Tensors.activation(f, hook, inputs[input]);
            for (int i = 0; i < values.length; i++) {
                neurons.get(i % width).add(new Seen(input, i / width, values[i]));
            }
        }
        return neurons;
    }

    private static double reduced(List<Seen> seen, Reduce reduce) {
        var values = seen.stream().mapToDouble(Seen::value);
        return switch (reduce) {
            case MEAN -> values.average().orElseThrow();
            case MEAN_ABS -> values.map(Math::abs).average().orElseThrow();
            case MAX -> values.max().orElseThrow();
            case MIN -> values.min().orElseThrow();
        };
    }

    private static Seen peak(List<Seen> seen, Reduce reduce) {
        Comparator<Seen> order = switch (reduce) {
            case MEAN, MAX -> Comparator.comparing(Seen::value);
            case MIN -> Comparator.comparing(s -> -s.value());
            case MEAN_ABS -> Comparator.comparing(s -> Math.abs(s.value()));
        };
        Seen best = seen.get(0);
        for (Seen s : seen) {
            best = order.compare(s, best) > 0 ? s : best;
        }
        return best;
    }

    @ParameterizedTest
    @CsvSource({
        "MEAN,RESID_POST,12",
        "MEAN_ABS,RESID_POST,12",
        "MAX,RESID_POST,12",
        "MIN,RESID_POST,12",
        "MEAN,MLP_POST,20",
        "MEAN_ABS,MLP_PRE,20",
        "MAX,MLP_POST,20",
        "MIN,MLP_PRE,20",
        "MAX,Z,12"
    })
    void everyReductionIsThatOfAllRealTokens(Reduce reduce, Site site, int width) {
        HookName hook = new HookName(1, site);
        TopNeurons.Answer answer = top(hook, width, reduce, inputs);
        List<List<Seen>> seen = seen(hook, width);
        assertThat(answer.neurons()).hasSize(width).doesNotHaveDuplicates();
        for (TopNeurons.Neuron neuron : answer.top()) {
            assertThat(neuron.value()).isCloseTo(reduced(seen.get(neuron.neuron()), reduce), within(1e-6));
            Seen peak = peak(seen.get(neuron.neuron()), reduce);
            assertThat(neuron.peak().value()).isEqualTo(peak.value());
            assertThat(neuron.peak().input()).isEqualTo(peak.input());
            assertThat(neuron.peak().position()).isEqualTo(peak.position());
            assertThat(neuron.peak().token()).isEqualTo(String.valueOf(inputs[peak.input()][peak.position()]));
        }
        assertThat(answer.values()).isSortedAccordingTo(Comparator.reverseOrder());
        assertThat(answer.reduce()).isEqualTo(reduce.name().toLowerCase(Locale.ROOT));
    }

    @Test
    void neuronsThatTieComeByLowerIndex() {
        HookName hook = new HookName(0, Site.MLP_POST); // of a ReLU, where several neurons never fire
        int[] one = {5};
        float[] values = Tensors.activation(f, hook, one);
        List<Integer> silent =
                IntStream.range(0, 20).filter(n -> values[n] == 0).boxed().toList();
        assertThat(silent).hasSizeGreaterThan(2);
        assertThat(top(hook, 20, Reduce.MAX, one).neurons()).endsWith(silent.toArray(Integer[]::new));
    }

    @Test
    void aPeakThatIsReachedTwiceIsTheEarlierInput() {
        // inputs of equal length run together, so that the last is seen before the one in the middle
        List<TopNeurons.Neuron> top = top(
                        HookName.of(Site.EMBED), 12, Reduce.MAX, new int[] {1, 2}, new int[] {3, 3, 3}, new int[] {3, 3
                        })
                .top();
        assertThat(top)
                .anyMatch(n -> n.peak().input() == 1)
                .noneMatch(n -> n.peak().input() == 2);
        assertThat(top)
                .filteredOn(n -> n.peak().input() == 1)
                .allMatch(n -> n.peak().position() == 0);
    }

    @Test
    void tracesHoldTheChosenNeuronsOverTheTokens() {
        HookName hook = new HookName(1, Site.RESID_POST);
        TopNeurons.Answer answer = top(hook, 3, Reduce.MEAN, inputs);
        float[] all = Tensors.activation(f, hook, inputs[1]);
        Tensor trace = answer.traces().get(1).values();
        assertThat(trace.shape()).containsExactly(3, inputs[1].length);
        assertThat(Tensors.at(trace, 2, 4))
                .isEqualTo(all[4 * 12 + answer.neurons().get(2)]);
    }

    @Test
    void kIsTenUnlessThereAreFewer() {
        assertThat(top(new HookName(0, Site.MLP_POST), null, Reduce.MEAN, inputs)
                        .neurons())
                .hasSize(10);
        Fixture narrow = Fixture.of("gpt2_hub_f16_sharded");
        try (AnswerMemory own = new AnswerMemory()) {
            Session of = Requests.session(narrow.model(), own);
            int width = narrow.model().info().dModel();
            TopNeurons.Query query = new TopNeurons.Query(new HookName(0, Site.RESID_POST), null, Reduce.MEAN, false);
            assertThat(TopNeurons.compute(of, Requests.inputs(of, new int[] {1}), query)
                            .neurons())
                    .hasSize(Math.min(10, width));
        }
    }

    @Test
    void kOutsideTheWidthAndHooksWithoutNeuronsAreRefused() {
        HookName hook = new HookName(0, Site.RESID_POST);
        for (int k : new int[] {0, -1, 13, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> top(hook, k, Reduce.MEAN, inputs))
                    .isInstanceOfSatisfying(
                            BadSelection.class, e -> assertThat(e.field()).isEqualTo("k"))
                    .hasMessage(k + " must be 1..12");
        }
        assertThatThrownBy(() -> top(new HookName(0, Site.PATTERN), 1, Reduce.MEAN, inputs))
                .isInstanceOfSatisfying(
                        BadSelection.class, e -> assertThat(e.field()).isEqualTo("hook"))
                .hasMessageContaining("has no neurons");
    }
}
