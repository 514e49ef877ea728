package dev.headlight.model.hub;

import dev.headlight.model.fault.BadSelection;
import java.util.regex.Pattern;

/**
 * A model's repository on the hub, at one revision.
 *
 * @param owner user or organisation
 * @param name name of the model
 * @param revision a branch, a tag or a commit
 */
public record Repository(String owner, String name, String revision) {
    // The hub's rules: names contain neither "--", which makes ids unique, nor "..".
    private static final Pattern PART = Pattern.compile("\\w|\\w[\\w.-]{0,94}\\w");
    private static final Pattern REVISION = Pattern.compile("\\w[\\w./+@-]{0,254}");

    /**
     * Parses the name of a repository.
     *
     * @param repo such as {@code openai-community/gpt2}
     * @throws BadSelection if the hub does not allow such a name or revision
     */
    public static Repository of(String repo, String revision) {
        String[] parts = repo.split("/", -1);
        if (parts.length != 2 || !isPart(parts[0]) || !isPart(parts[1])) {
            throw new BadSelection("repo", repo, "must be owner/name, as in the address of the model's page");
        }
        if (!REVISION.matcher(revision).matches() || revision.contains("..")) {
            throw new BadSelection("revision", revision, "must be a branch, a tag or a commit");
        }
        return new Repository(parts[0], parts[1], revision);
    }

    private static boolean isPart(String part) {
        return PART.matcher(part).matches() && !part.contains("--") && !part.contains("..");
    }

    /** Whether this can be the id of a model from the hub. Such an id is also a safe name for a folder. */
    static boolean isId(String id) {
        int split = id.indexOf("--");
        return split > 0 && isPart(id.substring(0, split)) && isPart(id.substring(split + 2));
    }

    /** The id of the model, {@code owner--name}, which is also the name of its folder. */
    public String id() {
        return owner + "--" + name;
    }

    /** The name on the hub, {@code owner/name}. */
    public String path() {
        return owner + "/" + name;
    }
}
