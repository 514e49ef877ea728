package dev.headlight.model.hub;

import dev.headlight.model.BadSelection;
import java.util.regex.Pattern;

/** A model's repository on the hub, at a branch, a tag or a commit. */
public record Repository(String owner, String name, String revision) {
    // The hub's own rules: "--" stands nowhere, so that an id is that of one repository; nor does "..".
    private static final Pattern PART = Pattern.compile("\\w|\\w[\\w.-]{0,94}\\w");
    private static final Pattern REVISION = Pattern.compile("\\w[\\w./+@-]{0,254}");

    /**
     * @param repo such as {@code openai-community/gpt2}
     * @throws BadSelection for what the hub can have no repository or revision of
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

    /** Whether a model of this id can be one from the hub; then it is a safe name of a folder, too. */
    static boolean isId(String id) {
        int split = id.indexOf("--");
        return split > 0 && isPart(id.substring(0, split)) && isPart(id.substring(split + 2));
    }

    /** The model's id, and its folder's name. */
    public String id() {
        return owner + "--" + name;
    }

    /** As the hub writes it. */
    public String path() {
        return owner + "/" + name;
    }
}
