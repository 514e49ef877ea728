package dev.headlight.model.hook;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A hook point of one model.
 *
 * @param layer 0-based; -1 for a site that a model has once
 */
public record HookName(int layer, Site site) {
    /** The layer of a name with {@code *} in its place. */
    public static final int EVERY_LAYER = -2;
    /** The layer of a short name, which does not say it. */
    public static final int NO_LAYER = -3;

    private static final Pattern PER_LAYER = Pattern.compile("blocks\\.(\\d{1,9}|\\*)\\.(.+)");

    /** The hook point of a site that a model has once. */
    public static HookName of(Site site) {
        return new HookName(-1, site);
    }

    /** The full name, such as {@code blocks.3.hook_resid_post}. */
    @Override
    public String toString() {
        return site.perLayer() ? "blocks." + layer + "." + site.hook() : site.hook();
    }

    /** Whether the name says one hook point, and not only its site. */
    public boolean isOne() {
        return layer >= 0 || !site.perLayer();
    }

    /**
     * Parses a full name, whose layer may be {@link #EVERY_LAYER}, or a short one, whose layer is {@link #NO_LAYER}; null
     * if it is neither.
     */
    public static @Nullable HookName parse(String name) {
        Matcher m = PER_LAYER.matcher(name);
        if (m.matches()) {
            int layer = m.group(1).equals("*") ? EVERY_LAYER : Integer.parseInt(m.group(1));
            return Site.ofHook(m.group(2), true)
                    .map(s -> new HookName(layer, s))
                    .orElse(null);
        }
        return Site.ofHook(name, false)
                .or(() -> Site.ofShortName(name))
                .map(s -> s.perLayer() ? new HookName(NO_LAYER, s) : HookName.of(s))
                .orElse(null);
    }
}
