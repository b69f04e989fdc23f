-- Picks by weight in the logarithm of the number of choices.

local native = require "perigee.native"

local M = {}

--- The running sums of the weights; REQUIRES: none negative, not all 0.
---@param weights number[]
---@return number[]
function M.sums(weights)
  local sums, sum = {}, 0
  for index, weight in ipairs(weights) do
    sum = sum + weight
    sums[index] = sum
  end
  return sums
end

--- Weights by Zipf's law: the k-th choice has 1 / k^exponent.
---@param count integer
---@param exponent number
---@return number[]
function M.zipf_weights(count, exponent)
  local weights = {}
  for rank = 1, count do
    weights[rank] = rank ^ -exponent
  end
  return weights
end

--- Draws an index from the running VU's random stream.
---@param sums number[]
---@return integer
function M.draw(sums)
  local wanted = native.random() * sums[#sums]
  local low, high = 1, #sums
  while low < high do
    local middle = math.floor((low + high) / 2)
    if sums[middle] > wanted then
      high = middle
    else
      low = middle + 1
    end
  end
  return low
end

return M
