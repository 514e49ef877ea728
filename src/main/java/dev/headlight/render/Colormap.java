package dev.headlight.render;

/**
 * The colormaps of a {@link Scale}: matplotlib's tables, interpolated linearly.
 *
 * @see <a href="https://bids.github.io/colormap/">viridis, van der Walt and Smith, 2015</a>
 * @see <a href="https://colorbrewer2.org/">RdBu, ColorBrewer, Brewer</a>
 */
final class Colormap {
    /** Colour of a missing value: a grey that is in neither colormap. */
    static final int NO_VALUE = 0xd9d9d9;

    /** The 256 entries of {@code matplotlib.colormaps["viridis"]}. */
    private static final int[] VIRIDIS = table("""
            44015444025645045745055946075a46085c460a5d460b5e470d60470e61471063471164471365481467481668481769
            48186a481a6c481b6d481c6e481d6f481f70482071482173482374482475482576482677482878482979472a7a472c7a
            472d7b472e7c472f7d46307e46327e46337f463480453581453781453882443983443a83443b84433d84433e85423f85
            4240864241864142874144874045884046883f47883f48893e49893e4a893e4c8a3d4d8a3d4e8a3c4f8a3c508b3b518b
            3b528b3a538b3a548c39558c39568c38588c38598c375a8c375b8d365c8d365d8d355e8d355f8d34608d34618d33628d
            33638d32648e32658e31668e31678e31688e30698e306a8e2f6b8e2f6c8e2e6d8e2e6e8e2e6f8e2d708e2d718e2c718e
            2c728e2c738e2b748e2b758e2a768e2a778e2a788e29798e297a8e297b8e287c8e287d8e277e8e277f8e27808e26818e
            26828e26828e25838e25848e25858e24868e24878e23888e23898e238a8d228b8d228c8d228d8d218e8d218f8d21908d
            21918c20928c20928c20938c1f948c1f958b1f968b1f978b1f988b1f998a1f9a8a1e9b8a1e9c891e9d891f9e891f9f88
            1fa0881fa1881fa1871fa28720a38620a48621a58521a68522a78522a88423a98324aa8325ab8225ac8226ad8127ad81
            28ae8029af7f2ab07f2cb17e2db27d2eb37c2fb47c31b57b32b67a34b67935b77937b87838b9773aba763bbb753dbc74
            3fbc7340bd7242be7144bf7046c06f48c16e4ac16d4cc26c4ec36b50c46a52c56954c56856c66758c7655ac8645cc863
            5ec96260ca6063cb5f65cb5e67cc5c69cd5b6ccd5a6ece5870cf5773d05675d05477d1537ad1517cd2507fd34e81d34d
            84d44b86d54989d5488bd6468ed64590d74393d74195d84098d83e9bd93c9dd93ba0da39a2da37a5db36a8db34aadc32
            addc30b0dd2fb2dd2db5de2bb8de29bade28bddf26c0df25c2df23c5e021c8e020cae11fcde11dd0e11cd2e21bd5e21a
            d8e219dae319dde318dfe318e2e418e5e419e7e419eae51aece51befe51cf1e51df4e61ef6e620f8e621fbe723fde725
            """);

    /** The 11 anchors of {@code matplotlib.colormaps["RdBu_r"]}; the middle one is near white. */
    private static final int[] RED_BLUE =
            table("053061 2166ac 4393c3 92c5de d1e5f0 f7f7f7 fddbc7 f4a582 d6604d b2182b 67001f");

    /** Colour of values above 0 where only the sign has a colour: the last red before the dark end. */
    static final int RED = RED_BLUE[9];

    /** Colour of values below 0 where only the sign has a colour. */
    static final int BLUE = RED_BLUE[1];

    private Colormap() {}

    /** Colour of a value, 0xRRGGBB. */
    static int rgb(Scale scale, double value) {
        if (!Double.isFinite(value)) {
            return NO_VALUE;
        }
        return switch (scale.colors()) {
            case VIRIDIS -> interpolate(VIRIDIS, scale.position(value));
            case DIVERGING -> interpolate(RED_BLUE, scale.position(value));
        };
    }

    /** Black or white text, whichever has the higher WCAG 2 contrast ratio on a background. Both are 0xRRGGBB. */
    static int ink(int background) {
        double luminance = luminance(background);
        return (luminance + 0.05) / 0.05 >= 1.05 / (luminance + 0.05) ? 0x000000 : 0xffffff;
    }

    // relative luminance of an sRGB colour, as defined by WCAG 2
    private static double luminance(int rgb) {
        return 0.2126 * linear(rgb >> 16 & 0xff) + 0.7152 * linear(rgb >> 8 & 0xff) + 0.0722 * linear(rgb & 0xff);
    }

    private static double linear(int channel) {
        double c = channel / 255.0;
        return c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4);
    }

    private static int interpolate(int[] table, double t) {
        double at = t * (table.length - 1);
        int low = Math.min((int) at, table.length - 2);
        return mix(table[low], table[low + 1], at - low);
    }

    private static int mix(int a, int b, double t) {
        int rgb = 0;
        for (int shift = 16; shift >= 0; shift -= 8) {
            int from = a >> shift & 0xff;
            int to = b >> shift & 0xff;
            rgb |= (int) Math.round(from + t * (to - from)) << shift;
        }
        return rgb;
    }

    private static int[] table(String hex) {
        String digits = hex.replaceAll("\\s", "");
        int[] table = new int[digits.length() / 6];
        for (int i = 0; i < table.length; i++) {
            table[i] = Integer.parseInt(digits.substring(6 * i, 6 * i + 6), 16);
        }
        return table;
    }
}
