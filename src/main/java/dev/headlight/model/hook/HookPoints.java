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
    private static final String EVERY = "*";

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
     * @throws BadSelection for a name that the model lacks, a missing layer, a layer out of range, and a name of several
     */
    public HookName one(String field, String hook, @Nullable Integer layer) {
        List<HookName> found = some(field, hook, layer, null);
        if (found.size() != 1) {
            throw new BadSelection(field + "hook", hook, "names " + found.size() + " hook points, and must name 1");
        }
        return found.get(0);
    }

    /**
     * Resolves the hook points that a name and its layers mean together: a short name with layers, a full name, a full
     * name with {@code *} for every layer, or {@code *} for every hook point.
     *
     * @param field path of the object that holds the fields, with a dot at its end, or empty
     * @param layer null if not given
     * @param layers null if not given
     * @throws BadSelection for a name that the model lacks, a missing layer, one out of range or repeated
     */
    public List<HookName> some(String field, String hook, @Nullable Integer layer, @Nullable List<Integer> layers) {
        if (layer != null && layers != null) {
            throw new BadSelection(field + "layers", "must not be given together with layer");
        }
        List<Integer> given = layer == null ? layers : List.of(layer);
        String givenField = field + (layer == null ? "layers" : "layer");
        if (hook.equals(EVERY)) {
            refuse(givenField, given, null, hook);
            return every();
        }
        HookName name = known(field + "hook", hook);
        if (name.isOne()) {
            refuse(givenField, given, name.layer(), hook);
            return List.of(checked(field + "hook", name));
        }
        if (given != null) {
            return layers(givenField, given, layer == null, name.site(), field + "hook");
        }
        if (name.layer() == HookName.NO_LAYER) {
            throw new BadSelection(field + "layer", "is required for hook " + hook + ": " + range());
        }
        return everyLayer(field + "hook", name.site());
    }

    private static void refuse(String field, @Nullable List<Integer> given, @Nullable Integer own, String hook) {
        if (given != null && (own == null || own < 0 || !given.equals(List.of(own)))) {
            String what = given.size() == 1 ? given.get(0) + " is not the layer of hook " : "do not apply to hook ";
            throw new BadSelection(field, what + hook + "; leave it out");
        }
    }

    private List<HookName> layers(String field, List<Integer> given, boolean indexed, Site site, String hookField) {
        if (given.isEmpty()) {
            throw new BadSelection(field, "must not be empty: " + range());
        }
        Set<HookName> found = new LinkedHashSet<>();
        for (int i = 0; i < given.size(); i++) {
            String at = indexed ? field + "[" + i + "]" : field;
            if (!found.add(checked(at, new HookName(given.get(i), site), hookField))) {
                throw new BadSelection(at, given.get(i), "is repeated");
            }
        }
        return List.copyOf(found);
    }

    /**
     * Resolves names of hook points, in the order given and without repeats.
     *
     * @param names full names, where {@code *} stands for every layer; short names, which mean every layer, too; or
     *     {@code *} for every hook point
     * @throws BadSelection for a name that the model lacks, or a layer out of range
     */
    public List<HookName> all(String field, List<String> names) {
        Set<HookName> found = new LinkedHashSet<>();
        for (int i = 0; i < names.size(); i++) {
            String at = field + "[" + i + "]";
            if (names.get(i).equals(EVERY)) {
                found.addAll(every());
                continue;
            }
            HookName name = known(at, names.get(i));
            if (name.isOne()) {
                found.add(checked(at, name));
            } else {
                found.addAll(everyLayer(at, name.site()));
            }
        }
        return new ArrayList<>(found);
    }

    private HookName known(String field, String hook) {
        HookName name = HookName.parse(hook);
        if (name == null || !sites.contains(name.site())) {
            throw unknown(field, hook);
        }
        return name;
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
