package dev.headlight.model.hook;

import dev.headlight.model.fault.BadSelection;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The hook points that one model has. It resolves their names in requests. */
public final class HookPoints {
    private final Set<Site> once;
    private final List<Set<Site>> layers;
    private final Set<Site> sites = EnumSet.noneOf(Site.class);

    /**
     * The hook points of a model.
     *
     * @param once the sites that the model has once
     * @param layers the sites of each layer
     */
    public HookPoints(Set<Site> once, List<Set<Site>> layers) {
        this.once = once;
        this.layers = layers;
        sites.addAll(once);
        layers.forEach(sites::addAll);
    }

    /** Every site that the model has, in at least one layer. */
    public Set<Site> sites() {
        return sites;
    }

    /** All hook points: first those that the model has once, then those of each layer. */
    public List<HookName> every() {
        List<HookName> every = new ArrayList<>();
        once.forEach(site -> every.add(HookName.of(site)));
        for (int layer = 0; layer < layers.size(); layer++) {
            for (Site site : layers.get(layer)) {
                every.add(new HookName(layer, site));
            }
        }
        return every;
    }

    /** Whether the model has this hook point. */
    public boolean has(HookName name) {
        if (!name.site().perLayer()) {
            return once.contains(name.site());
        }
        return name.layer() >= 0
                && name.layer() < layers.size()
                && layers.get(name.layer()).contains(name.site());
    }

    /**
     * Resolves one hook point, by its short name with a layer or by its full name.
     *
     * @param field path of the object that holds {@code hook} and {@code layer}, with a dot at its end, or empty
     * @throws BadSelection for a name that the model lacks, a missing layer, or a layer out of range
     */
    public HookName one(String field, String hook, @Nullable Integer layer) {
        HookName full = HookName.parse(hook);
        if (full != null && full.layer() != HookName.EVERY_LAYER) {
            if (layer != null && layer != full.layer()) {
                throw new BadSelection(field + "layer", layer, "is not the layer of hook " + hook + "; leave it out");
            }
            return checked(field + "hook", full);
        }
        Site site = Site.ofShortName(hook).orElseThrow(() -> unknown(field + "hook", hook));
        if (layer == null) {
            throw new BadSelection(field + "layer", "is required for hook " + hook + ": " + range());
        }
        return checked(field + "layer", new HookName(layer, site), field + "hook");
    }

    /**
     * Resolves full names of hook points, in the order given and without repeats.
     *
     * @param names full names; {@code *} stands for every layer
     * @throws BadSelection for a name that the model lacks, or a layer out of range
     */
    public List<HookName> all(String field, List<String> names) {
        Set<HookName> found = new LinkedHashSet<>();
        for (int i = 0; i < names.size(); i++) {
            String at = field + "[" + i + "]";
            HookName name = HookName.parse(names.get(i));
            if (name == null) {
                throw unknown(at, names.get(i));
            }
            if (name.layer() == HookName.EVERY_LAYER) {
                found.addAll(everyLayer(at, name.site()));
            } else {
                found.add(checked(at, name));
            }
        }
        return new ArrayList<>(found);
    }

    private List<HookName> everyLayer(String field, Site site) {
        List<HookName> found = IntStream.range(0, layers.size())
                .mapToObj(layer -> new HookName(layer, site))
                .filter(this::has)
                .toList();
        if (found.isEmpty()) {
            throw unknown(field, "blocks.*." + site.hook());
        }
        return found;
    }

    private HookName checked(String field, HookName name) {
        return checked(field, name, field);
    }

    private HookName checked(String layerField, HookName name, String hookField) {
        if (!sites.contains(name.site())) {
            throw unknown(hookField, name.toString());
        }
        if (name.site().perLayer() && (name.layer() < 0 || name.layer() >= layers.size())) {
            throw new BadSelection(layerField, name.layer(), range());
        }
        if (!has(name)) {
            throw new BadSelection(
                    layerField,
                    name.layer(),
                    "must be a layer that has " + name.site().shortName() + ": " + having(name.site()));
        }
        return name;
    }

    private List<Integer> having(Site site) {
        return everyLayer("", site).stream().map(HookName::layer).toList();
    }

    private String range() {
        return "must be a layer in 0.." + (layers.size() - 1);
    }

    private BadSelection unknown(String field, String hook) {
        String known = sites.stream()
                .map(s -> s.perLayer() ? s.shortName() + " (blocks.L." + s.hook() + ")" : s.hook())
                .collect(Collectors.joining(", "));
        return new BadSelection(
                field,
                hook,
                "is not a hook point of this model; it has " + known + ", with L in 0.." + (layers.size() - 1));
    }
}
