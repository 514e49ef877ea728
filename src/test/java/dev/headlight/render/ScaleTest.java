package dev.headlight.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.headlight.render.Scale.Colors;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScaleTest {
    private static List<Panel> values(float... values) {
        return List.of(Figures.panel(null, List.of("a"), Figures.words(values.length), values));
    }

    @Test
    void viridisSpansTheFiniteValues() {
        assertThat(Scale.viridis(values(-1, 4, Float.NaN, Float.POSITIVE_INFINITY), "x"))
                .isEqualTo(new Scale(Colors.VIRIDIS, -1, 4, "x"));
    }

    @Test
    void probabilitiesStartAtZero() {
        assertThat(Scale.viridis(values(0.25f, 0.5f), "x")).isEqualTo(new Scale(Colors.VIRIDIS, 0, 0.5, "x"));
    }

    @Test
    void divergingIsSymmetric() {
        assertThat(Scale.diverging(values(-3, 2), "x")).isEqualTo(new Scale(Colors.DIVERGING, -3, 3, "x"));
        assertThatIllegalArgumentException().isThrownBy(() -> new Scale(Colors.DIVERGING, -1, 2, "x"));
    }

    @Test
    void equalValuesStillHaveARange() {
        assertThat(Scale.viridis(values(0, 0), "x").max()).isEqualTo(1);
        assertThat(Scale.viridis(values(-2, -2), "x").max()).isEqualTo(0);
        assertThat(Scale.diverging(values(Float.NaN), "x").max()).isEqualTo(1);
    }

    @Test
    void viridisPassesThroughMatplotlibsColours() {
        Scale scale = new Scale(Colors.VIRIDIS, 0, 255, "index");
        assertThat(Colormap.rgb(scale, 0)).isEqualTo(0x440154);
        assertThat(Colormap.rgb(scale, 127)).isEqualTo(0x21908d);
        assertThat(Colormap.rgb(scale, 255)).isEqualTo(0xfde725);
        assertThat(Colormap.rgb(scale, 1e9)).isEqualTo(0xfde725);
    }

    @Test
    void aTextContrastsWithItsCell() {
        Scale scale = new Scale(Colors.DIVERGING, -1, 1, "x");
        assertThat(Colormap.ink(Colormap.rgb(scale, -1))).isEqualTo(0xffffff);
        assertThat(Colormap.ink(Colormap.rgb(scale, 0))).isZero();
        assertThat(Colormap.ink(Colormap.rgb(scale, 1))).isEqualTo(0xffffff);
        assertThat(Colormap.ink(0x757575)).isEqualTo(0xffffff); // WCAG: white 4.6 to 1, black 4.56
        assertThat(Colormap.ink(0x767676)).isZero(); // white 4.54, black 4.62
    }

    @Test
    void aPanelOfFewerTextsThanCellsIsRefused() {
        Axis axis = new Axis("x", List.of("a", "b"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Panel(null, new float[4], axis, axis, List.of("a")))
                .withMessage("A panel with 4 cells has 1 texts");
    }

    @Test
    void aPanelWhoseLabelsDoNotMatchItsValuesIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Figures.panel(null, List.of("a"), List.of("b", "c"), 1))
                .withMessage("A panel with 1 values has 1 x 2 labels");
    }
}
