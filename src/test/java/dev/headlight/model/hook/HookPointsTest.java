package dev.headlight.model.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headlight.model.fault.BadSelection;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class HookPointsTest {
    private final HookPoints all = having(3, EnumSet.allOf(Site.class));
    private final HookPoints encoder = having(2, EnumSet.complementOf(EnumSet.of(Site.POS_EMBED, Site.LN_FINAL)));

    private static HookPoints having(int layers, Set<Site> sites) {
        Set<Site> once = EnumSet.copyOf(sites);
        once.removeIf(Site::perLayer);
        Set<Site> perLayer = EnumSet.copyOf(sites);
        perLayer.removeIf(site -> !site.perLayer());
        return new HookPoints(once, Collections.nCopies(layers, perLayer));
    }

    @ParameterizedTest
    @EnumSource(Site.class)
    void everyNameReadsBackToItsHookPoint(Site site) {
        HookName name = site.perLayer() ? new HookName(2, site) : HookName.of(site);
        assertThat(HookName.parse(name.toString())).isEqualTo(name);
        assertThat(all.one("", name.toString(), null)).isEqualTo(name);
        assertThat(all.one("", site.shortName(), site.perLayer() ? 2 : null)).isEqualTo(name);
        assertThat(all.all("hooks", List.of(name.toString()))).containsExactly(name);
    }

    @ParameterizedTest
    @CsvSource({
        "blocks.1.hook_resid_pre, RESID_PRE",
        "blocks.1.hook_resid_mid, RESID_MID",
        "blocks.1.hook_resid_post, RESID_POST",
        "blocks.1.hook_attn_out, ATTN_OUT",
        "blocks.1.hook_mlp_out, MLP_OUT",
        "blocks.1.attn.hook_q, Q",
        "blocks.1.attn.hook_k, K",
        "blocks.1.attn.hook_v, V",
        "blocks.1.attn.hook_z, Z",
        "blocks.1.attn.hook_attn_scores, ATTN_SCORES",
        "blocks.1.attn.hook_pattern, PATTERN",
        "blocks.1.mlp.hook_pre, MLP_PRE",
        "blocks.1.mlp.hook_post, MLP_POST",
        "hook_embed, EMBED",
        "blocks.1.attn.hook_rot_q, ROT_Q",
        "blocks.1.attn.hook_rot_k, ROT_K",
        "blocks.1.mlp.hook_pre_linear, MLP_PRE_LINEAR",
        "blocks.1.mlp.hook_expert_weights, EXPERT_WEIGHTS",
        "blocks.1.mlp.hook_expert_indices, EXPERT_INDICES",
        "hook_pos_embed, POS_EMBED",
        "hook_token_type_embed, TOKEN_TYPE_EMBED",
        "ln_final.hook_normalized, LN_FINAL_NORMALIZED",
        "ln_final.hook_out, LN_FINAL",
        "logits, LOGITS"
    })
    void namesAreThoseOfTransformerLens(String full, Site site) {
        assertThat(HookName.parse(full)).isEqualTo(site.perLayer() ? new HookName(1, site) : HookName.of(site));
    }

    @Test
    void aStarStandsForEveryLayerInOrderWithoutRepeats() {
        assertThat(all.all("hooks", List.of("blocks.2.hook_resid_pre", "blocks.*.hook_resid_pre", "logits")))
                .extracting(HookName::toString)
                .containsExactly(
                        "blocks.2.hook_resid_pre", "blocks.0.hook_resid_pre", "blocks.1.hook_resid_pre", "logits");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "resid",
                "blocks.0",
                "blocks.0.",
                "blocks.-1.hook_z",
                "blocks.x.hook_resid_pre",
                "blocks.0.logits",
                "blocks.0.hook_z",
                "blocks..hook_resid_pre",
                "blocks.99999999999.hook_resid_pre",
                "hook_resid_pre",
                "blocks.**.hook_resid_pre",
                "BLOCKS.0.hook_resid_pre",
                "blocks.0.hook_resid_pre ",
                "blocks.*",
                "**"
            })
    void aNameThatIsNoneIsRefusedWithThoseThatAre(String name) {
        assertThatThrownBy(() -> all.all("hooks", List.of("logits", name)))
                .isInstanceOfSatisfying(
                        BadSelection.class, e -> assertThat(e.field()).isEqualTo("hooks[1]"))
                .hasMessageStartingWith(
                        name + " is not a hook point of this model; it has hook_embed, hook_pos_embed, ")
                .hasMessageContaining("resid_post (blocks.L.hook_resid_post)")
                .hasMessageEndingWith("logits, with L in 0..2");
    }

    @Test
    void aHookPointThatThisModelLacksIsNotListed() {
        for (String name : List.of("pos_embed", "hook_pos_embed", "ln_final", "ln_final.hook_out")) {
            assertThatThrownBy(() -> encoder.one("interventions[0].", name, null))
                    .isInstanceOfSatisfying(
                            BadSelection.class, e -> assertThat(e.field()).isEqualTo("interventions[0].hook"))
                    .hasMessageContaining(
                            "is not a hook point of this model; it has hook_embed, hook_token_type_embed, resid_pre")
                    .satisfies(e -> assertThat(e.getMessage().split("it has")[1])
                            .doesNotContain("hook_pos_embed", "ln_final.hook_out"));
        }
    }

    @Test
    void layersAreCheckedWithTheirRange() {
        assertThatThrownBy(() -> all.all("hooks", List.of("blocks.3.hook_resid_pre")))
                .hasMessage("3 must be a layer in 0..2");
        assertThatThrownBy(() -> all.one("", "q", 3)).hasMessage("3 must be a layer in 0..2");
        assertThatThrownBy(() -> all.one("", "q", -2)).hasMessage("-2 must be a layer in 0..2");
        assertThatThrownBy(() -> all.one("", "q", null)).hasMessage("is required for hook q: must be a layer in 0..2");
        assertThatThrownBy(() -> all.one("", "embed", 0)).hasMessage("0 is not the layer of hook embed; leave it out");
        assertThat(all.one("", "blocks.*.hook_resid_pre", 1)).hasToString("blocks.1.hook_resid_pre");
        assertThatThrownBy(() -> all.one("", "blocks.*.hook_resid_pre", null))
                .hasMessage("blocks.*.hook_resid_pre names 3 hook points, and must name 1");
        assertThat(all.one("", "blocks.1.hook_resid_pre", 1).layer()).isEqualTo(1);
    }

    @Test
    void aShortNameInAListStandsForEveryLayerAndAStarForEverything() {
        assertThat(all.all("hooks", List.of("q"))).isEqualTo(all.all("hooks", List.of("blocks.*.attn.hook_q")));
        assertThat(all.all("hooks", List.of("embed"))).containsExactly(HookName.of(Site.EMBED));
        assertThat(all.all("hooks", List.of("logits", "*"))).containsExactlyInAnyOrderElementsOf(all.every());
    }

    @Test
    void aNameWithLayersMeansTheHookPointOfEach() {
        List<HookName> two = List.of(new HookName(2, Site.Z), new HookName(0, Site.Z));
        assertThat(all.some("", "z", null, List.of(2, 0))).isEqualTo(two);
        assertThat(all.some("", "blocks.*.attn.hook_z", null, List.of(2, 0))).isEqualTo(two);
        assertThat(all.some("", "blocks.*.attn.hook_z", null, null))
                .isEqualTo(all.all("hooks", List.of("blocks.*.attn.hook_z")));
        assertThat(all.some("", "*", null, null)).isEqualTo(all.every());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            z                    | 1 | 1   | i.layers    | must not be given together with layer
            z                    |   | 0,0 | i.layers[1] | 0 is repeated
            z                    |   | 0,3 | i.layers[1] | 3 must be a layer in 0..2
            z                    |   | ''  | i.layers    | must not be empty: must be a layer in 0..2
            blocks.1.attn.hook_z |   | 0,1 | i.layers    | do not apply to hook blocks.1.attn.hook_z; leave it out
            blocks.1.attn.hook_z | 0 |     | i.layer     | 0 is not the layer of hook blocks.1.attn.hook_z; leave it out
            *                    | 0 |     | i.layer     | 0 is not the layer of hook *; leave it out
            """)
    void layersThatDoNotFitAreRefused(String hook, Integer layer, String layers, String field, String message) {
        List<Integer> several = layers == null
                ? null
                : Arrays.stream(layers.split(","))
                        .filter(s -> !s.isEmpty())
                        .map(Integer::valueOf)
                        .toList();
        assertThatThrownBy(() -> all.some("i.", hook, layer, several))
                .isInstanceOfSatisfying(
                        BadSelection.class, e -> assertThat(e.field()).isEqualTo(field))
                .hasMessage(message);
    }

    @Test
    void aNameOfHostileLengthIsCutInTheMessage() {
        assertThatThrownBy(() -> all.all("hooks", List.of("x".repeat(1_000_000))))
                .satisfies(e -> assertThat(e.getMessage().length()).isLessThan(1500));
    }
}
