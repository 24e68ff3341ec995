"""Makes one page, and figures for papers, from the results of kgon. No computing: what is shown is
in the files, but for means, quantiles and densities of it."""
