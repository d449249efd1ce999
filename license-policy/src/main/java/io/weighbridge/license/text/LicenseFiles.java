package io.weighbridge.license.text;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Tells from a file's name whether it holds a license or a use policy, and of what part of a model. */
public final class LicenseFiles {
    private static final Pattern NAME =
            Pattern.compile("licen[sc]e|copying|eula|agreement|terms[_-]of[_-]use|policy|(^|[_-])aup([_.-]|$)");
    private static final Pattern PARTS = Pattern.compile("[^a-z]+");
    private static final Set<String> TEXT_ENDINGS = Set.of("txt", "md", "rst", "text", "html");

    private LicenseFiles() {}

    /** The part of a model that a file's license is for. */
    public enum Component {
        WEIGHTS,
        CODE,
        DATA,
        /** A use policy, which adds to the license. */
        POLICY,
        /** The name does not say, so the file counts for everything. */
        UNSAID
    }

    /** True for the name or path of a file that should be read as a license or policy. */
    public static boolean isLicense(String path) {
        var name = name(path);
        int point = name.lastIndexOf('.');
        var ending = point < 0 ? "" : name.substring(point + 1);
        boolean text =
                point < 0 || TEXT_ENDINGS.contains(ending) || !ending.chars().allMatch(Character::isLetter);
        return text && NAME.matcher(name).find();
    }

    /** The part of a model that the license in the file of this name or path is for. */
    public static Component component(String path) {
        var parts = List.of(PARTS.split(name(path)));
        if (parts.contains("policy") || parts.contains("aup")) {
            return Component.POLICY;
        }
        if (parts.contains("model") || parts.contains("models") || parts.contains("weights")) {
            return Component.WEIGHTS;
        }
        if (parts.contains("code")) {
            return Component.CODE;
        }
        return parts.contains("data") || parts.contains("dataset") ? Component.DATA : Component.UNSAID;
    }

    private static String name(String path) {
        return path.substring(path.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
    }
}
