using PluginGateway.Posix;

namespace PluginGateway.Cli;

/// <summary><c>completion bash|zsh</c>: a script for the shell, which asks the program for the possible next words.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # plugin-gateway: put this line into ~/.bashrc:  source <(plugin-gateway completion bash)
        _plugin_gateway() {
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _plugin_gateway plugin-gateway
        """;

    private const string Zsh = """
        # plugin-gateway: put this line into ~/.zshrc, after compinit:  source <(plugin-gateway completion zsh)
        _plugin_gateway() {
            local -a found
            found=("${(@f)$("${words[1]}" "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            (( ${#found} )) && compadd -- "${found[@]}" || _files
        }
        compdef _plugin_gateway plugin-gateway
        """;

    public static int Execute(string shell, CommandWiring wiring)
    {
        wiring.Output.WriteLine(shell == "zsh" ? Zsh : Bash);
        return ExitCodes.Planned;
    }
}
