using System.Reflection.Metadata;

namespace PluginGateway.Loading.Inspection;

/// <summary>Finds the libraries of a plugin that call <c>Environment.Exit</c>. The runtime does not name the caller: its exit handlers run on the
/// finalizer thread. Only the metadata shows which plugins can have called it.</summary>
internal static class ProcessEnders
{
    /// <summary>Returns the names of the DLLs in this folder that refer to <c>Environment.Exit</c>.</summary>
    public static IReadOnlyList<string> In(string folder) => [
        .. Directory.EnumerateFiles(folder, "*.dll").Where(RefersToExit).Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static bool RefersToExit(string path)
    {
        using var image = PluginImage.TryOpen(path);
        try
        {
            return image is not null
                && image.Metadata.MemberReferences.Any(handle => IsExit(image.Metadata, image.Metadata.GetMemberReference(handle)));
        }
        catch (Exception exception) when (PluginImage.IsGarbage(exception))
        {
            return false;
        }
    }

    private static bool IsExit(MetadataReader reader, MemberReference member) =>
        member.Parent.Kind == HandleKind.TypeReference
        && reader.StringComparer.Equals(member.Name, nameof(Environment.Exit))
        && SignatureNames.Of(reader, (TypeReferenceHandle)member.Parent) == typeof(Environment).FullName;
}
